import type { Redis } from 'ioredis';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import { PendingCall } from '../wire/pending-call.js';

/** A connection that nobody else uses, until it is released. */
export interface ExclusiveConnection {
  /** For blocking commands, WATCH and MULTI, subscriptions. It does not reconnect. */
  readonly client: Redis;
  /** Closes it, and makes room for the next one. Once is enough; more does no harm. */
  release(): void;
}

/** Somebody who waits for a connection of their own. */
export class PendingLease extends PendingCall<ExclusiveConnection> {
  /** There is room for it, and it is being connected. */
  opening = false;
  /** Says why there is no room. */
  reason = '';

  override expire(): void {
    if (this.opening) return super.expire();
    this.fail(
      new RedisInfraError('OVERLOADED', `acquire() waited in vain: ${this.reason}`, {
        context: { command: 'acquire' },
      }),
    );
  }
}
