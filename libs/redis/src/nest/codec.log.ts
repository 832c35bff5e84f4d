import type { Logger } from '../common/logger.js';
import type { CacheService } from '../service/cache/cache.service.js';
import { ThrottledLogger } from './throttled.logger.js';

/**
 * Logs that values cannot be read or written, or that a key is too long to be stored under, and why; never the key or the value. Without
 * it they would look like any other miss.
 */
export class CodecLog {
  private readonly log: ThrottledLogger;

  constructor(
    private readonly cache: CacheService,
    logger: Logger,
  ) {
    this.log = new ThrottledLogger(logger);
  }

  start(): void {
    this.cache.on('error', ({ error }) => {
      if (error.code.startsWith('CODEC_') || error.code === 'KEY_INVALID') this.log.warn(error, error.message);
    });
  }
}
