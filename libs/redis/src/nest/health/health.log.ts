import type { Logger } from '../../common/logger.js';
import type { HealthStatus, HealthVerdict } from '../../service/health/health-verdict.js';

const LEVELS = { up: 'log', degraded: 'warn', down: 'error' } as const satisfies Record<HealthStatus, keyof Logger>;

/** Logs each change of the status of an instance: one line per change, not one per health check. */
export class HealthLog {
  private lastStatus: HealthStatus = 'up';

  constructor(private readonly logger: Logger) {}

  /** Call it with the result of each health check. */
  note({ status, reasons }: HealthVerdict): void {
    if (status === this.lastStatus) return;
    const before = this.lastStatus;
    this.lastStatus = status;
    const why = reasons.length === 0 ? '' : ` (${reasons.join(', ')})`;
    this.logger[LEVELS[status]](`Redis health: ${status}${why}; before: ${before}`);
  }
}
