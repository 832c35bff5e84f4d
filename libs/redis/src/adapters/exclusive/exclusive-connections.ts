import type { Redis } from 'ioredis';
import { outsideRequests } from '../../common/async-context.js';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import type { RedisConfig } from '../../config/redis.config.js';
import type { DeadlineQueue } from '../wire/deadline-queue.js';
import { disconnected, notConnected } from '../errors/error-mapping.js';
import type { PeerLimits } from '../wire/peer-limits.js';
import type { CallLimits } from '../wire/pending-call.js';
import { CLOSE_TIMEOUT_MS, connectExclusive, createExclusiveClient, hangUp } from './exclusive-client.js';
import { LibraryClients } from './library-clients.js';
import { PendingLease, type ExclusiveConnection } from './pending-lease.js';

export interface ExclusiveConnectionsParts {
  readonly config: RedisConfig;
  readonly peer: PeerLimits;
  readonly maxExclusive: number;
  readonly deadlines: DeadlineQueue;
}

/**
 * Lends exclusive connections. Each is new, so that no state of an earlier borrower remains on it (WATCH, MULTI,
 * subscriptions, another database). At most `maxExclusive` are open or being opened; further calls wait, at most for
 * their deadline.
 */
export class ExclusiveConnections {
  /** The clients of other libraries. */
  readonly libraries: LibraryClients;
  /** The connections that are lent, with the time when each was lent (monotonic). */
  private readonly leased = new Map<Redis, number>();
  private readonly waiting = new Set<PendingLease>();
  /** The calls whose connection is being opened. */
  private readonly opening = new Set<PendingLease>();
  private closed = false;
  /** A lease that was garbage-collected can never be released. It is reported once. */
  private readonly leakDetector = new FinalizationRegistry<Redis>((client) => {
    if (this.leased.has(client))
      warnOfLeak('a lease of acquire() was dropped without release(): its connection stays open');
  });

  constructor(private readonly parts: ExclusiveConnectionsParts) {
    this.libraries = new LibraryClients(parts.config, parts.peer);
  }

  /**
   * @throws RedisInfraError OVERLOADED when no connection was released within the deadline; DEADLINE_EXCEEDED when
   * connecting took too long; CONNECTION_FAILED; CLOSED; UNSUPPORTED for a cluster
   */
  acquire(limits: CallLimits): Promise<ExclusiveConnection> {
    const lease = new PendingLease({
      deadlines: this.parts.deadlines,
      limits,
      reason: this.describeCapacity(),
      onAbandoned: (abandoned) => void this.waiting.delete(abandoned),
    });
    if (this.closed) lease.call.fail(disconnected('acquire'));
    if (!lease.call.isSettled) this.waiting.add(lease);
    this.proceed();
    return lease.call.promise;
  }

  /** Closes all lent connections and rejects the waiting calls. Warns about leases that were not released. */
  close(): void {
    this.closed = true;
    for (const { call } of [...this.waiting, ...this.opening]) call.fail(disconnected('acquire'));
    this.waiting.clear();
    if (this.leased.size > 0)
      warnOfLeak(`${this.leased.size} leases of acquire() were not released before disconnect(); they are closed now`);
    for (const client of this.leased.keys()) hangUp(client, CLOSE_TIMEOUT_MS);
    this.leased.clear();
    this.libraries.close();
  }

  /** Accepts calls again after `close()`. */
  reopen(): void {
    this.closed = false;
  }

  private proceed(): void {
    for (const lease of this.waiting) {
      if (this.leased.size + this.opening.size >= this.parts.maxExclusive) return;
      this.waiting.delete(lease);
      // A release may open the next caller's connection, which must not run in the async context of the releasing
      // request.
      void outsideRequests(() => this.open(lease));
    }
  }

  private async open(lease: PendingLease): Promise<void> {
    const { config, peer } = this.parts;
    const { call } = lease;
    lease.open();
    this.opening.add(lease);
    try {
      // The race frees the slot as soon as the caller gives up, even if the password function is still pending.
      const client = await Promise.race([createExclusiveClient(config, peer), call.failure]);
      call.promise.catch(() => hangUp(client, 0));
      await connectExclusive(client, peer);
      if (call.isSettled || this.closed) throw disconnected('acquire');
      call.succeed(this.lease(client));
    } catch (error) {
      call.fail(error instanceof RedisInfraError ? error : notConnected(error, 'acquire'));
    }
    this.opening.delete(lease);
    this.proceed();
  }

  private lease(client: Redis): ExclusiveConnection {
    this.leased.set(client, this.parts.deadlines.clock.monotonicMs());
    const onReturned = (): void => {
      if (this.leased.delete(client)) this.proceed();
    };
    // A connection that broke is useless, so its slot is free without a release.
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
    const { deadlines, maxExclusive } = this.parts;
    const oldest = Math.min(...this.leased.values());
    const since = Number.isFinite(oldest)
      ? `, the oldest for ${Math.round((deadlines.clock.monotonicMs() - oldest) / 1000)} s`
      : '';
    return `all ${maxExclusive} exclusive connections are lent${since}; release() them sooner, or raise resilience.maxExclusive`;
  }
}

function warnOfLeak(message: string): void {
  process.emitWarning(message, { type: 'RedisLeaseWarning', code: 'REDIS_LEASE_LEAKED' });
}
