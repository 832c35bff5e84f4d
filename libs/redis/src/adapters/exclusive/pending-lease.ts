import type { Redis } from 'ioredis';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import type { DeadlineQueue } from '../wire/deadline-queue.js';
import { PendingCall, type CallLimits, type CallOwner } from '../wire/pending-call.js';

/** A connection that is lent to one caller until it is released. */
export interface ExclusiveConnection {
  /** The ioredis client, for blocking commands, WATCH and MULTI, and subscriptions. It does not reconnect. */
  readonly client: Redis;
  /** Closes the connection and frees its slot. Further calls do nothing. */
  release(): void;
}

export interface PendingLeaseParts {
  readonly deadlines: DeadlineQueue;
  readonly limits: CallLimits;
  /** Why the call may have to wait for a slot, for its error. */
  readonly reason: string;
  /** Called when the deadline or the signal of the call has ended it. */
  readonly onAbandoned: (lease: PendingLease) => void;
}

/** A call of `acquire()` that waits for a slot, and then for its connection. */
export class PendingLease implements CallOwner {
  readonly call: PendingCall<ExclusiveConnection>;
  readonly mayHaveRun = false;
  /** The call has a slot, and its connection is being opened. */
  private isOpening = false;

  constructor(private readonly parts: PendingLeaseParts) {
    this.call = new PendingCall<ExclusiveConnection>('acquire', parts.deadlines, parts.limits, this);
  }

  /** The call has a slot. */
  open(): void {
    this.isOpening = true;
  }

  onExpired(): RedisInfraError | undefined {
    if (this.isOpening) return undefined;
    return new RedisInfraError('OVERLOADED', `acquire() got no connection within its deadline: ${this.parts.reason}`, {
      context: { command: 'acquire' },
    });
  }

  onAbandoned(): void {
    this.parts.onAbandoned(this);
  }
}
