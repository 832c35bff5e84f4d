import type { Logger } from '../common/logger.js';
import type { CacheService } from '../service/cache/cache.service.js';
import { ThrottledLogger } from './throttled.logger.js';

/**
 * Logs why the cache cannot read or write a value: codec errors and invalid keys. Without this log they look like any other miss. A line
 * contains neither the key nor the value.
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
