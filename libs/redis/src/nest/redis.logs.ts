import { Logger as NestLogger } from '@nestjs/common';
import type { Clock } from '../common/clock.js';
import { isCodecCode } from '../common/error-codes.js';
import type { Logger } from '../common/logger.js';
import type { AdapterEvents } from '../adapters/redis/adapter-events.js';
import type { On } from '../common/typed-emitter.js';
import type { StoreFallback } from '../domain/store-fallback.js';
import type { RateLimiter } from '../rate-limiter/rate-limiter.js';
import type { SkippedChange } from '../service/cache/cache-events.js';
import type { CacheService } from '../service/cache/cache.service.js';
import { ThrottledLogger } from './throttled.logger.js';

const SKIPPED_LINES: Readonly<Record<SkippedChange, string>> = {
  removal: 'a removal from the cache was not applied, and the old value may be served until its ttl ends',
  write: 'a value was not written to the cache',
};

const DATA_LOSS_LINES = {
  restart: {
    flush: 'Redis restarted and may have read an old snapshot: all values of the cache are invalid',
    replay: 'Redis restarted and may have read an old snapshot: the changes of the last 30 s are applied again',
    none: 'Redis restarted and may have read an old snapshot: its values are trusted (fallback.onServerRestart)',
  },
  promotion: {
    flush: 'another Redis server is the master now and may lack recent changes: all values of the cache are invalid',
    replay: 'another Redis server is the master now: the changes of the last 30 s are applied again',
    none: 'another Redis server is the master now',
  },
} as const;

/** The shortest time between two outages that are logged. */
const OUTAGE_LINES_MS = 60_000;

/** `logConnection` reports these. */
const LOGGED_BY_CONNECTION: ReadonlySet<string> = new Set(['CONNECTION_FAILED', 'CIRCUIT_OPEN']);

/** The logger of the instance `name`. */
export function moduleLogger(name: string | undefined): Logger {
  return new NestLogger(name === undefined ? 'RedisModule' : `RedisModule(${name})`);
}

/**
 * Logs when Redis goes up or down, and what the server does not allow. Writes one line per change, not one per call or
 * attempt.
 */
export function logConnection(adapter: { readonly on: On<AdapterEvents> }, logger: Logger): void {
  let lastLine: string | undefined;
  const write = (level: 'log' | 'warn', line: string): void => {
    if (line === lastLine) return;
    lastLine = line;
    logger[level](line);
  };
  adapter.on('up', () => write('log', 'Redis is up'));
  adapter.on('limited', ({ message }) => logger.warn(`Redis is limited: ${message}`));
  adapter.on('down', ({ code, message }) => {
    if (code === 'CLOSED') lastLine = undefined;
    else write('warn', `Redis is down: ${message}`);
  });
}

/**
 * Logs why the cache cannot read or write a value: codec errors and invalid keys. Without this log they look like any
 * other miss. A line contains neither the key nor the value.
 */
export function logUnusableValues(cache: Pick<CacheService, 'on'>, logger: Logger, clock: Clock): void {
  const log = new ThrottledLogger(logger, clock);
  cache.on('error', ({ error }) => {
    if (isCodecCode(error.code) || error.code === 'KEY_INVALID') log.warn(error, error.message);
  });
}

/**
 * Logs changes of the cache that the store did not apply although the call resolved, separately for removals and for
 * writes. A write that is skipped during an outage is not logged: the next read loads the value again.
 */
export function logSkippedChanges(cache: Pick<CacheService, 'on'>, logger: Logger, clock: Clock): void {
  const logs = { removal: new ThrottledLogger(logger, clock), write: new ThrottledLogger(logger, clock) };
  cache.on('error', ({ error, skipped }) => {
    if (skipped === undefined || isCodecCode(error.code)) return;
    if (skipped === 'write' && LOGGED_BY_CONNECTION.has(error.code)) return;
    logs[skipped].warn(error, `${SKIPPED_LINES[skipped]}: ${error.message}`);
  });
}

/**
 * Logs what the cache does without, because its user lacks a permission. Each line once: it stays so until the user is
 * changed. Skipped changes are logged by `logSkippedChanges`.
 */
export function logMissingPermissions(cache: Pick<CacheService, 'on'>, logger: Logger): void {
  const logged = new Set<string>();
  cache.on('error', ({ operation, error, skipped }) => {
    if (error.context.reply !== 'NOPERM' || skipped !== undefined || logged.has(error.message)) return;
    logged.add(error.message);
    logger.warn(`${error.code}: ${operation} of the cache works without Redis: ${error.message}`);
  });
}

/**
 * Logs once that near copies live for a short time, because the store does not report changes. Call it in the tick that
 * creates the cache, because the event may follow at once.
 */
export function logUntrackedCopies(cache: Pick<CacheService, 'on'>, logger: Logger): void {
  cache.on('untracked', ({ code }) => {
    const why =
      code === undefined ? 'this connection reports no changes' : `the server does not report changes (${code})`;
    logger.warn(`near copies of the cache are used for at most 2 s, because ${why}`);
  });
}

/**
 * Logs when the fallback of a cache takes over, when it ends, and what it did to be safe. It writes one line for each
 * outage, not one for each call, and at most one a minute: an overloaded process has many short outages.
 */
export function logOutages(fallback: Pick<StoreFallback, 'on'>, logger: Logger, clock: Clock): void {
  let loggedMs = -Infinity;
  let isLogged = false;
  fallback.on('degraded', () => {
    const nowMs = clock.monotonicMs();
    isLogged = nowMs - loggedMs >= OUTAGE_LINES_MS;
    if (!isLogged) return;
    loggedMs = nowMs;
    logger.warn('the cache answers from memory until Redis is available; invalidations wait in its journal');
  });
  fallback.on('recovered', ({ downMs, replayed }) => {
    if (!isLogged) return;
    const seconds = (downMs / 1000).toFixed(1);
    logger.log(`the cache uses Redis again after ${seconds} s; ${replayed} invalidations were applied`);
  });
  fallback.on('journal-overflow', ({ lost }) =>
    logger.warn(`the journal was full: ${lost} invalidations were replaced by a flush (fallback.journalLimit)`),
  );
  fallback.on('journal-failure', ({ code }) =>
    logger.warn(`the journal cannot be written to fallback.journalFile and continues in memory (${code})`),
  );
  fallback.on('data-loss', ({ reason, reaction }) => logger.warn(DATA_LOSS_LINES[reason][reaction]));
  fallback.on('unverified', () =>
    logger.warn('Redis does not permit INFO: a restart with an old snapshot is not detected'),
  );
}

/** Logs when limits are decided without Redis although it is connected: it is too slow, or it refuses the script. */
export function logDecisionsWithoutRedis(limiter: Pick<RateLimiter, 'onDetached'>, logger: Logger, clock: Clock): void {
  const log = new ThrottledLogger(logger, clock);
  limiter.onDetached('failure', ({ error, action }) => {
    if (LOGGED_BY_CONNECTION.has(error.code)) return;
    log.warn(error, `a rate limit was decided without Redis (rateLimit.onError '${action}'): ${error.message}`);
  });
}
