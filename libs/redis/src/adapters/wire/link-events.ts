import type { RedisInfraError } from '../../common/redis-infra.error.js';
import type { LinkState } from '../../domain/link-state.js';

/** What a link emits to the rest of its adapter. */
export interface LinkEvents {
  change: LinkState;
  /** An attempt to connect succeeded or failed. */
  attemptEnd: undefined;
  reconnecting: { readonly attempt: number; readonly delayMs: number };
  /** An attempt to connect failed, and no other connection is open. */
  unreachable: RedisInfraError;
}
