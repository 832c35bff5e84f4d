import { RedisInfraError } from '../../../common/redis-infra.error.js';
import type { CacheContext } from '../cache-context.js';
import { LeaseWait } from '../loads/lease-wait.js';
import type { ResolvedEntryOptions } from '../options/entry-options.js';

/**
 * The wait of one call for the load of another process. It lasts at most `lockTimeout` in all, however often the call
 * reads meanwhile.
 */
export class OtherLoadWait {
  private readonly lease: LeaseWait;
  private readonly beganMs: number;
  private readonly timeoutMs: number;

  constructor(
    private readonly context: CacheContext,
    at: string,
    { lockTimeoutMs, loadTimeoutMs }: ResolvedEntryOptions,
  ) {
    const { environment, loads } = context.engine;
    this.lease = new LeaseWait({ entries: context.loadEntries, at, timers: environment.timers, loads });
    this.beganMs = this.nowMs;
    this.timeoutMs = lockTimeoutMs ?? loadTimeoutMs;
  }

  /**
   * Resolves with `read-again` when the load may have ended. Resolves at once with `lock-timeout` or `soft-timeout` if
   * the call has waited for that long.
   * @param remainingMs the lease is renewed or expires after this time
   * @param softTimeoutMs after this time the call returns its stale value; Infinity if it has none
   * @throws RedisInfraError DEADLINE_EXCEEDED when the caller's signal is aborted; CLOSED when the cache is disconnected
   */
  async next(remainingMs: number, softTimeoutMs: number): Promise<'read-again' | 'lock-timeout' | 'soft-timeout'> {
    const waitedMs = this.nowMs - this.beganMs;
    const leftMs = this.timeoutMs - waitedMs;
    const softLeftMs = softTimeoutMs - waitedMs;
    if (leftMs <= 0) return 'lock-timeout';
    if (softLeftMs <= 0) return 'soft-timeout';
    await this.lease.next(Math.min(remainingMs, leftMs, softLeftMs), this.context.limits.signal);
    return 'read-again';
  }

  end(): void {
    this.lease.end();
  }

  /** The error of a call that has waited for too long. */
  timedOut(): RedisInfraError {
    const { timeoutMs } = this;
    return new RedisInfraError(
      'LOAD_TIMEOUT',
      `the load of another process did not finish within the lockTimeout of ${timeoutMs} ms`,
      { context: { timeoutMs } },
    );
  }

  private get nowMs(): number {
    return this.context.engine.environment.clock.monotonicMs();
  }
}
