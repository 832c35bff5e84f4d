import type { RedisInfraError } from '../../src/index.js';
import { eventually } from './eventually.js';

/** Makes a call every 10 ms, without waiting for earlier ones, and counts their results. */
export class CallCounter {
  sent = 0;
  acknowledged = 0;
  /** The number of calls whose outcome is unknown. */
  unknown = 0;
  /** The codes of the failed calls. */
  readonly codes = new Set<string>();
  private failed = 0;
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly call: () => Promise<unknown>) {
    this.timer = setInterval(() => this.count(), 10);
  }

  /** The number of calls that resolved or rejected. */
  get settled(): number {
    return this.acknowledged + this.failed;
  }

  /** Waits until `more` further calls were acknowledged. */
  async progress(more = 20): Promise<void> {
    const before = this.acknowledged;
    await eventually(() => this.acknowledged >= before + more, 15_000);
  }

  /** Stops making calls, and waits until all have settled. */
  async end(): Promise<void> {
    clearInterval(this.timer);
    await eventually(() => this.settled === this.sent);
  }

  private count(): void {
    this.sent++;
    this.call().then(
      () => this.acknowledged++,
      (error: RedisInfraError) => {
        this.failed++;
        this.codes.add(error.code);
        if (error.outcome === 'unknown') this.unknown++;
      },
    );
  }
}
