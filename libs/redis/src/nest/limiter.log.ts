import type { Logger } from '../common/logger.js';
import type { RateLimiter } from '../rate-limiter/rate-limiter.js';
import { ThrottledLogger } from './throttled.logger.js';

/** `ConnectionLog` reports these. */
const LOGGED_BY_CONNECTION: ReadonlySet<string> = new Set(['CONNECTION_FAILED', 'CIRCUIT_OPEN']);

/** Logs when limits are decided without Redis although it is connected: it is too slow, or it refuses the script. */
export class LimiterLog {
  private readonly log: ThrottledLogger;

  constructor(
    private readonly limiter: RateLimiter,
    logger: Logger,
  ) {
    this.log = new ThrottledLogger(logger);
  }

  start(): void {
    this.limiter.onDetached('failure', ({ error, action }) => {
      if (LOGGED_BY_CONNECTION.has(error.code)) return;
      this.log.warn(error, `a rate limit was decided without Redis (rateLimit.onError '${action}'): ${error.message}`);
    });
  }
}
