import type { Logger } from '../common/logger.js';
import type { RedisAdapter } from '../adapters/redis/redis.adapter.js';

/** One line for each change of a connection and for each limit of the server, none for each call or attempt. */
export class ConnectionLog {
  private said: string | undefined;

  constructor(
    private readonly adapter: RedisAdapter,
    private readonly logger: Logger,
  ) {}

  begin(): void {
    this.adapter.on('up', () => this.say('log', 'Redis is up'));
    this.adapter.on('limited', ({ message }) => this.logger.warn(`Redis is limited: ${message}`));
    this.adapter.on('down', ({ code, message }) => {
      if (code === 'CLOSED') this.said = undefined;
      else this.say('warn', `Redis is down: ${message}`);
    });
  }

  private say(level: 'log' | 'warn', line: string): void {
    if (line === this.said) return;
    this.said = line;
    this.logger[level](line);
  }
}
