import type { Logger } from '../common/logger.js';
import type { CacheService } from '../service/cache/cache.service.js';
import { CalmLog } from './calm.log.js';

/** Says that stored values cannot be read or written, and why; never which, nor what is in them. Unsaid, it would be a miss like any other. */
export class CodecLog {
  private readonly log: CalmLog;

  constructor(
    private readonly cache: CacheService,
    logger: Logger,
  ) {
    this.log = new CalmLog(logger);
  }

  begin(): void {
    this.cache.on('error', ({ error }) => {
      if (error.code.startsWith('CODEC_')) this.log.warn(error, error.message);
    });
  }
}
