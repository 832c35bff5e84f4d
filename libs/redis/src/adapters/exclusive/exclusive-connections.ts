import type { Redis } from 'ioredis';
import { outsideRequests } from '../../common/async-context.js';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import type { RedisConfig } from '../../config/redis.config.js';
import type { DeadlineQueue } from '../wire/deadline-queue.js';
import { disconnected, notConnected } from '../errors/error-mapping.js';
import type { PeerLimits } from '../wire/peer-limits.js';
import type { CallLimits } from '../wire/pending-call.js';
import { connectExclusive, createExclusiveClient, hangUp } from './exclusive-client.js';
import { PendingLease, type ExclusiveConnection } from './pending-lease.js';

/** How long the server may take to answer the end of a connection that is lent, in ms: the process stays alive meanwhile. */
const CLOSE_TIMEOUT_MS = 100;

/**
 * Lends connections, each to one borrower at a time and new each time, so that nothing of the last borrower is left on it: no
 * WATCH, no MULTI, no subscription, no other database. There are at most `maxExclusive` of them, those being opened included;
 * who comes later waits, at most for its deadline.
 */
export class ExclusiveConnections {
  /** Since when each is lent, by a monotonic clock. */
  private readonly leased = new Map<Redis, number>();
  private readonly waiting = new Set<PendingLease>();
  /** Those that are being opened for a borrower. */
  private readonly opening = new Set<PendingLease>();
  private closed = false;
  /** A lease that was dropped can never be released: it is told of, once. */
  private readonly leakDetector = new FinalizationRegistry<Redis>((client) => {
    if (this.leased.has(client))
      warnOfLeak('a lease of acquire() was dropped without release(): its connection stays open');
  });

  constructor(
    private readonly config: RedisConfig,
    private readonly peer: PeerLimits,
    private readonly maxExclusive: number,
    private readonly deadlines: DeadlineQueue,
  ) {}

  /**
   * @throws RedisInfraError OVERLOADED when none became free in time; DEADLINE_EXCEEDED when connecting took too long;
   * CONNECTION_FAILED; CLOSED; UNSUPPORTED for a cluster.
   */
  acquire(limits: CallLimits): Promise<ExclusiveConnection> {
    const call = new PendingLease('acquire', this.deadlines, limits);
    if (this.closed) call.fail(disconnected('acquire'));
    else {
      call.reason = this.describeCapacity();
      this.waiting.add(call);
      call.promise.catch(() => this.waiting.delete(call));
      this.proceed();
    }
    return call.promise;
  }

  /** Ends all of them, lent or awaited. Leases that nobody released are told of. */
  close(): void {
    this.closed = true;
    for (const call of [...this.waiting, ...this.opening]) call.fail(disconnected('acquire'));
    this.waiting.clear();
    if (this.leased.size > 0)
      warnOfLeak(`${this.leased.size} of acquire() not released before disconnect(): closed now`);
    for (const client of this.leased.keys()) hangUp(client, CLOSE_TIMEOUT_MS);
    this.leased.clear();
  }

  /** After `close()`. */
  reopen(): void {
    this.closed = false;
  }

  private proceed(): void {
    for (const call of this.waiting) {
      if (this.leased.size + this.opening.size >= this.maxExclusive) return;
      this.waiting.delete(call);
      // The release of one borrower's connection may open the next one's.
      if (!call.settled) void outsideRequests(() => this.open(call));
    }
  }

  private async open(call: PendingLease): Promise<void> {
    call.opening = true;
    this.opening.add(call);
    try {
      // Nobody waits for it any more: its place is free at once, whatever becomes of the password that is asked for.
      const client = await Promise.race([
        createExclusiveClient(this.config, this.peer),
        call.promise as Promise<never>,
      ]);
      call.promise.catch(() => hangUp(client, 0));
      await connectExclusive(client, this.peer);
      if (call.settled || this.closed) throw disconnected('acquire');
      call.succeed(this.lease(client));
    } catch (error) {
      call.fail(error instanceof RedisInfraError ? error : notConnected(error, 'acquire'));
    }
    this.opening.delete(call);
    this.proceed();
  }

  private lease(client: Redis): ExclusiveConnection {
    this.leased.set(client, performance.now());
    const onReturned = (): void => {
      if (this.leased.delete(client)) this.proceed();
    };
    // One that broke is of no use to anybody: its place is free without a release.
    client.once('end', onReturned);
    const release = (): void => {
      this.leakDetector.unregister(client);
      client.disconnect();
      onReturned();
    };
    const lease = Object.freeze({ client, release });
    this.leakDetector.register(lease, client, client);
    return lease;
  }

  private describeCapacity(): string {
    const oldest = Math.min(...this.leased.values());
    const since = Number.isFinite(oldest) ? `, one for ${Math.round((performance.now() - oldest) / 1000)} s` : '';
    return `all ${this.maxExclusive} exclusive connections are lent${since}; release() them sooner, or raise resilience.maxExclusive`;
  }
}

function warnOfLeak(message: string): void {
  process.emitWarning(message, { type: 'RedisLeaseWarning', code: 'REDIS_LEASE_LEAKED' });
}
