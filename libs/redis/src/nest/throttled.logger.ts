import type { Clock } from '../common/clock.js';
import type { Logger } from '../common/logger.js';
import type { RedisInfraError } from '../common/redis-infra.error.js';

const INTERVAL_MS = 60_000;

/** Logs warnings that any call may cause: at most one line a minute for each error code. */
export class ThrottledLogger {
  private readonly loggedAtMs = new Map<string, number>();

  constructor(
    private readonly logger: Logger,
    private readonly clock: Clock,
  ) {}

  warn({ code }: RedisInfraError, line: string): void {
    const nowMs = this.clock.monotonicMs();
    if (nowMs - (this.loggedAtMs.get(code) ?? -Infinity) < INTERVAL_MS) return;
    this.loggedAtMs.set(code, nowMs);
    this.logger.warn(`${code}: ${line}`);
  }
}
