import type { Redis } from 'ioredis';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import { PendingCall } from '../wire/pending-call.js';

/** A connection that is lent to one caller until it is released. */
export interface ExclusiveConnection {
  /** The ioredis client, for blocking commands, WATCH and MULTI, and subscriptions. It does not reconnect. */
  readonly client: Redis;
  /** Closes the connection and frees its slot. Further calls do nothing. */
  release(): void;
}

/** A call of `acquire()` that waits for its connection. */
export class PendingLease extends PendingCall<ExclusiveConnection> {
  /** The call has a slot, and its connection is being opened. */
  opening = false;
  /** Why the call has to wait, for the error. */
  reason = '';

  override expire(): void {
    if (this.opening) return super.expire();
    this.fail(
      new RedisInfraError('OVERLOADED', `acquire() got no connection within its deadline: ${this.reason}`, {
        context: { command: 'acquire' },
      }),
    );
  }
}
