import { systemClock, type Clock } from '../common/clock.js';
import type { Logger } from '../common/logger.js';
import type { CacheService } from '../service/cache/cache.service.js';

/** A value that cannot be read is a miss, and would go unseen; one line a minute for each code is enough to look. */
const PAUSE_MS = 60_000;

/** Says that stored values cannot be read or written, and why; never which, nor what is in them. */
export class CodecLog {
  private readonly saidAtMs = new Map<string, number>();

  constructor(
    private readonly cache: CacheService,
    private readonly logger: Logger,
    private readonly clock: Clock = systemClock,
  ) {}

  begin(): void {
    this.cache.on('error', ({ error }) => {
      if (!error.code.startsWith('CODEC_')) return;
      const nowMs = this.clock.monotonicMs();
      if (nowMs - (this.saidAtMs.get(error.code) ?? -Infinity) < PAUSE_MS) return;
      this.saidAtMs.set(error.code, nowMs);
      this.logger.warn(`${error.code}: ${error.message}`);
    });
  }
}
