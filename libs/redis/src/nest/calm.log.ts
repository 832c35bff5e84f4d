import { systemClock, type Clock } from '../common/clock.js';
import type { Logger } from '../common/logger.js';
import type { RedisInfraError } from '../common/redis-infra.error.js';

/** One line a minute for each code is enough to look. */
const PAUSE_MS = 60_000;

/** Warns of what may happen with every call, and says so rarely. */
export class CalmLog {
  private readonly saidAtMs = new Map<string, number>();

  constructor(
    private readonly logger: Logger,
    private readonly clock: Clock = systemClock,
  ) {}

  warn({ code }: RedisInfraError, line: string): void {
    const nowMs = this.clock.monotonicMs();
    if (nowMs - (this.saidAtMs.get(code) ?? -Infinity) < PAUSE_MS) return;
    this.saidAtMs.set(code, nowMs);
    this.logger.warn(`${code}: ${line}`);
  }
}
