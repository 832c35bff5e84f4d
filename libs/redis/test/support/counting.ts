import type { RedisInfraError } from '../../src/index.js';
import { eventually } from './eventually.js';

/** Makes a call every 10 ms until it is ended, whether or not the one before was answered, and counts how the calls end. */
export class Counting {
  sent = 0;
  acknowledged = 0;
  /** How many may have run and may not have. */
  unknown = 0;
  /** What the others failed with. */
  readonly codes = new Set<string>();
  private failed = 0;
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly call: () => Promise<unknown>) {
    this.timer = setInterval(() => this.count(), 10);
  }

  /** How many calls have come to an end, well or not. */
  get settled(): number {
    return this.acknowledged + this.failed;
  }

  /** Waits until so many more were acknowledged. */
  async goOn(more = 20): Promise<void> {
    const before = this.acknowledged;
    await eventually(() => this.acknowledged >= before + more, 15_000);
  }

  /** Makes no more calls, and waits until all have come to an end. */
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
