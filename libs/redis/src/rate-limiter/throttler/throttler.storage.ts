import { randomBytes } from 'node:crypto';
import { systemClock, type Clock } from '../../common/clock.js';
import { TEN_YEARS_MS } from '../../common/duration.js';
import { faultOf } from '../../common/error-codes.js';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import { TypedEmitter } from '../../common/typed-emitter.js';
import type { RedisConnection } from '../../config/redis-connection.js';
import type { CacheStore } from '../../domain/cache-store.js';
import { LocalMemory } from '../decision/local-memory.js';
import type { RateLimiterEvents } from '../rate-limiter.events.js';
import { scriptSourceOf, type ScriptSource } from '../script-source.js';
import { BoundedScript } from '../server-time/bounded-script.js';
import { NO_REQUEST, THROTTLE, throttleArgs } from './throttle.script.js';
import { throttleInMemory } from './throttle.twin.js';
import type { ThrottledRequest, ThrottleVerdict } from './throttled-request.js';
import {
  resolveThrottlerOptions,
  type ResolvedThrottlerOptions,
  type ThrottlerStorageOptions,
} from './throttler-storage.options.js';

/** What @nestjs/throttler reads: `ThrottlerStorageRecord`. Times are in seconds, rounded up. */
export interface ThrottlerRecord {
  /** Requests counted now, including this one. */
  readonly totalHits: number;
  /** Until the window that began with the first request ends. */
  readonly timeToExpire: number;
  /** Whether the request is refused. */
  readonly isBlocked: boolean;
  /** Until the block ends; 0 if the request is not blocked. */
  readonly timeToBlockExpire: number;
}

/** How often one request is sent when connections are lost. */
const MAX_ATTEMPTS = 3;

/**
 * A storage for @nestjs/throttler 6 that counts exactly over all processes: each request is one atomic step on the
 * server, at the time of the server. A request whose connection was lost is sent again and counted once. While Redis is
 * unavailable, `onError` decides within the deadline, and the server counts no request after it.
 *
 * Give it to `ThrottlerModule` as `storage`. Keys are `throttler:<name of the throttler>:<key>`.
 *
 * @example
 * ThrottlerModule.forRootAsync({
 *   inject: [RedisAdapter],
 *   useFactory: (redis: RedisAdapter) => ({
 *     throttlers: [{ limit: 10, ttl: 60_000 }],
 *     storage: new RedisThrottlerStorage(redis),
 *   }),
 * })
 */
export class RedisThrottlerStorage {
  private readonly events = new TypedEmitter<Pick<RateLimiterEvents, 'failure'>>();
  /** Subscribes to `failure`: Redis did not count a request. Returns a function that unsubscribes. */
  readonly on = this.events.on;
  private readonly source: ScriptSource;
  private readonly options: ResolvedThrottlerOptions;
  private readonly script: BoundedScript<ThrottleVerdict>;
  private readonly local: LocalMemory | undefined;
  private readonly idPrefix = randomBytes(9).toString('base64url');
  private requests = 0;

  /**
   * @param source a store that runs scripts (RedisAdapter, MemoryAdapter), which its owner closes; or connection
   * options as RedisAdapter takes them, for a connection that `onApplicationShutdown` closes
   * @throws RedisInfraError OPTION_INVALID; also when the store does not run scripts
   */
  constructor(
    source?: RedisConnection | CacheStore,
    options?: ThrottlerStorageOptions,
    private readonly clock: Clock = systemClock,
  ) {
    const resolved = resolveThrottlerOptions(options);
    const { keyPrefix, deadlineMs, onError } = resolved;
    this.options = resolved;
    this.source = scriptSourceOf(source);
    const clockRead = { key: `${keyPrefix}clock`, args: NO_REQUEST };
    this.script = new BoundedScript(this.source, { script: THROTTLE, clockRead, deadlineMs, clock });
    this.local = onError === 'local' ? new LocalMemory(clock) : undefined;
  }

  /**
   * Counts a request.
   * @param ttl milliseconds until the request no longer counts
   * @param limit the most requests at a time
   * @param blockDuration milliseconds for which a request beyond the limit blocks all later ones, which are not
   * counted; after them the count is empty. With 0 no refused request is counted.
   * @throws RedisInfraError LIMITER_UNAVAILABLE while Redis is unavailable and `onError` is `'closed'`; KEY_INVALID
   */
  async increment(
    key: string,
    ttl: number,
    limit: number,
    blockDuration: number,
    throttlerName: string,
  ): Promise<ThrottlerRecord> {
    const fullKey = `${this.options.keyPrefix}${encodeURIComponent(throttlerName)}:${key}`;
    const request = {
      id: `${this.idPrefix}${(this.requests++).toString(36)}`,
      ttlMs: wholeMs(ttl),
      limit: Math.min(limit, Number.MAX_SAFE_INTEGER),
      blockMs: wholeMs(blockDuration),
    };
    try {
      return recordOf(await this.count(fullKey, request));
    } catch (error) {
      // An available server would also reject a call that is the fault of the caller.
      if (!(error instanceof RedisInfraError) || faultOf(error) === 'caller') throw error;
      return this.decideWithoutRedis(fullKey, request, error);
    }
  }

  /** Closes the connection that was opened for this storage. Nest calls it. */
  async onApplicationShutdown(): Promise<void> {
    this.script.close();
    await this.source.close();
  }

  private async count(key: string, request: ThrottledRequest): Promise<ThrottleVerdict> {
    const dueMs = this.clock.monotonicMs() + this.options.deadlineMs;
    const run = { keys: [key], argsAt: () => throttleArgs(request), dueMs };
    for (let attempt = 1; ; attempt++) {
      try {
        return (await this.script.run(run)).reply;
      } catch (error) {
        // Only here: the adapter does not repeat a script that may have run.
        const isLost =
          error instanceof RedisInfraError && error.code === 'CONNECTION_FAILED' && error.outcome === 'unknown';
        if (!isLost || attempt === MAX_ATTEMPTS || this.clock.monotonicMs() >= dueMs) throw error;
      }
    }
  }

  private decideWithoutRedis(key: string, request: ThrottledRequest, error: RedisInfraError): ThrottlerRecord {
    const { onError } = this.options;
    this.events.emit('failure', { error, action: onError });
    if (this.local !== undefined) return recordOf(throttleInMemory(this.local, key, request));
    if (onError === 'open') return recordOf({ hits: 0, windowMs: request.ttlMs, isBlocked: false, blockedMs: 0 });
    throw new RedisInfraError(
      'LIMITER_UNAVAILABLE',
      "Redis is unavailable, and onError is 'closed': the request is refused without a decision",
      { outcome: error.outcome, context: { code: error.code }, cause: error },
    );
  }
}

/** A duration of @nestjs/throttler may be Infinity, which Redis does not take as an expiry. */
function wholeMs(ms: number): number {
  return Math.min(Math.max(0, Math.ceil(ms)), TEN_YEARS_MS);
}

function recordOf({ hits, windowMs, isBlocked, blockedMs }: ThrottleVerdict): ThrottlerRecord {
  return {
    totalHits: hits,
    timeToExpire: Math.ceil(windowMs / 1000),
    isBlocked,
    timeToBlockExpire: Math.ceil(blockedMs / 1000),
  };
}
