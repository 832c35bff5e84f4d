import type { Logger } from '../common/logger.js';
import type { RedisAdapter } from '../adapters/redis.adapter.js';

/** Logs when Redis goes up or down, and what the server does not allow. Writes one line per change, not one per call or attempt. */
export class ConnectionLog {
  private lastLine: string | undefined;

  constructor(
    private readonly adapter: RedisAdapter,
    private readonly logger: Logger,
  ) {}

  start(): void {
    this.adapter.on('up', () => this.write('log', 'Redis is up'));
    this.adapter.on('limited', ({ message }) => this.logger.warn(`Redis is limited: ${message}`));
    this.adapter.on('down', ({ code, message }) => {
      if (code === 'CLOSED') this.lastLine = undefined;
      else this.write('warn', `Redis is down: ${message}`);
    });
  }

  private write(level: 'log' | 'warn', line: string): void {
    if (line === this.lastLine) return;
    this.lastLine = line;
    this.logger[level](line);
  }
}
