import type { Logger } from '../common/logger.js';
import type { RateLimiter } from '../rate-limiter/rate-limiter.js';
import { ThrottledLogger } from './throttled.logger.js';

/** The log of the connection says so. */
const LOGGED_BY_CONNECTION: ReadonlySet<string> = new Set(['CONNECTION_FAILED', 'CIRCUIT_OPEN']);

/** Says that limits are decided without Redis though it is there: too slow, or it refuses the script. */
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
      this.log.warn(error, `a rate limit was decided without Redis (onError '${action}'): ${error.message}`);
    });
  }
}
