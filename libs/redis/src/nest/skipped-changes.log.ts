import type { Logger } from '../common/logger.js';
import type { CacheService } from '../service/cache/cache.service.js';
import type { SkippedChange } from '../service/cache/cache-events.js';
import { ThrottledLogger } from './throttled.logger.js';

const LINES: Readonly<Record<SkippedChange, string>> = {
  removal: 'a removal from the cache was not applied, and the old value may be served until its ttl ends',
  write: 'a value was not written to the cache',
};

/** `ConnectionLog` reports these, and the next read loads the value again. */
const LOGGED_BY_CONNECTION: ReadonlySet<string> = new Set(['CONNECTION_FAILED', 'CIRCUIT_OPEN']);

/**
 * Logs changes of the cache that the store did not apply although the call resolved. Writes at most one line a minute per error code,
 * separately for removals and for writes. `CodecLog` reports values that cannot be encoded.
 */
export class SkippedChangesLog {
  private readonly logs: Readonly<Record<SkippedChange, ThrottledLogger>>;

  constructor(
    private readonly cache: CacheService,
    logger: Logger,
  ) {
    this.logs = { removal: new ThrottledLogger(logger), write: new ThrottledLogger(logger) };
  }

  start(): void {
    this.cache.on('error', ({ error, skipped }) => {
      if (skipped === undefined || error.code.startsWith('CODEC_')) return;
      if (skipped === 'write' && LOGGED_BY_CONNECTION.has(error.code)) return;
      this.logs[skipped].warn(error, `${LINES[skipped]}: ${error.message}`);
    });
  }
}
