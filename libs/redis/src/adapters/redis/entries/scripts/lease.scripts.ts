import { RedisInfraError } from '../../../../common/redis-infra.error.js';
import type { StoreScript } from '../../../sending/script-command.js';
import { toArray } from '../../commands/replies.js';
import { ACQUIRE_LUA } from './acquire.lua.js';
import { PUBLISH_LUA } from './publish.lua.js';
import { RELEASE_LUA } from './release.lua.js';
import { RENEW_LUA } from './renew.lua.js';
import { VOID_LEASES_LUA } from './void-leases.lua.js';

const STATUSES = ['acquired', 'held', 'failed'] as const;

/** The reply to the request for a lease. */
export interface AcquireReply {
  readonly status: (typeof STATUSES)[number];
  /** The token of the load that holds the lease; empty if none does. */
  readonly holder: string;
  /** How long the lease or the failure lasts, in milliseconds. */
  readonly remainingMs: number;
  /** The server time in microseconds. */
  readonly serverUs: number;
  /** The stored bytes; undefined if there is no value. */
  readonly bytes: Buffer | undefined;
}

/** Reads a value and takes its lease. A second run with the same token takes it again. */
export const ACQUIRE: StoreScript<AcquireReply> = {
  name: 'ACQUIRE',
  source: ACQUIRE_LUA,
  keys: 2,
  kind: 'delete',
  parse: (reply) => {
    const [status, holder, remainingMs, seconds, micros, bytes] = toArray(reply);
    return {
      status: statusOf(String(status)),
      holder: String(holder),
      remainingMs: Number(remainingMs),
      serverUs: Number(seconds) * 1_000_000 + Number(micros),
      bytes: Buffer.isBuffer(bytes) ? bytes : undefined,
    };
  },
};

/** Extends a lease. Returns whether the token holds it. */
export const RENEW: StoreScript<boolean> = {
  name: 'RENEW',
  source: RENEW_LUA,
  keys: 1,
  effect: 'unlink',
  kind: 'delete',
  parse: (reply) => reply === 1,
};

/** Stores a loaded value and ends its lease. Returns whether the token held it. */
export const PUBLISH: StoreScript<boolean> = {
  name: 'PUBLISH',
  source: PUBLISH_LUA,
  keys: 2,
  parse: (reply) => reply === 1,
};

/** Ends a lease without a value. */
export const RELEASE: StoreScript<void> = {
  name: 'RELEASE',
  source: RELEASE_LUA,
  keys: 1,
  effect: 'unlink',
  kind: 'delete',
  parse: () => undefined,
};

/** Ends the leases of keys that something else changes. */
export const VOID_LEASES: StoreScript<void> = {
  name: 'VOID',
  source: VOID_LEASES_LUA,
  keys: 1,
  effect: 'unlink',
  kind: 'delete',
  parse: () => undefined,
};

function statusOf(text: string): AcquireReply['status'] {
  const status = STATUSES.find((known) => known === text);
  if (status !== undefined) return status;
  throw new RedisInfraError('COMMAND_FAILED', 'the server replied with an unknown status of a lease', {
    outcome: 'executed',
  });
}
