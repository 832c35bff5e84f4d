import { RedisAdapter, type RedisInfraError } from '../../src/index.js';
import type { FeedSubscription } from '../../src/domain/entry-store.js';
import { eventually } from './eventually.js';

/** The subscription of a test to a feed: what it reported, in order. `null` is any key, `versions` a version key. */
export class FeedRecorder {
  readonly reports: (string | null)[] = [];
  readonly refusals: RedisInfraError[] = [];
  private readonly subscription: FeedSubscription;
  private notedMs = -Infinity;
  private isClosed = false;

  constructor(adapter: Pick<RedisAdapter, 'can'>, rootPrefix = 'cache:') {
    const feed = adapter.can.feed;
    if (feed === undefined) throw new Error('the store has no feed');
    this.subscription = feed.subscribe(rootPrefix, {
      onInvalidate: (keys) => void (keys === null ? this.reports.push(null) : this.reports.push(...keys)),
      onVersions: () => void this.reports.push('versions'),
      onConfirmed: () => this.note(),
      onRefused: (error) => void this.refusals.push(error),
    });
    this.note();
  }

  /** @throws Error if the feed changed it without a call of `onConfirmed` */
  get confirmedMs(): number {
    const { confirmedMs } = this.subscription;
    if (!this.isClosed && confirmedMs !== this.notedMs) throw new Error('confirmedMs changed without onConfirmed');
    return confirmedMs;
  }

  get isConfirmed(): boolean {
    return this.confirmedMs > -Infinity;
  }

  /** How long ago the feed was up to date, in milliseconds. */
  get ageMs(): number {
    return performance.now() - this.confirmedMs;
  }

  /** Waits until the feed is confirmed, and forgets the reports so far. */
  async ready(withinMs?: number): Promise<void> {
    await eventually(() => this.isConfirmed, withinMs);
    this.reports.length = 0;
  }

  /** Waits until a change at this moment would be reported. */
  async caughtUp(withinMs?: number): Promise<void> {
    const nowMs = performance.now();
    await eventually(() => this.confirmedMs >= nowMs, withinMs);
  }

  /** Waits until a key is reported. */
  async reported(report: string | null, withinMs?: number): Promise<void> {
    await eventually(() => this.reports.includes(report), withinMs);
  }

  /**
   * Waits until a change of this moment is reported, by its key or as any key.
   * @throws Error if the feed is confirmed up to the change before that
   */
  async changeReported(key: string, withinMs?: number): Promise<void> {
    const changedMs = performance.now();
    await eventually(() => {
      const isReported = this.reports.includes(key) || this.reports.includes(null);
      if (!isReported && this.confirmedMs >= changedMs) throw new Error('the feed is confirmed without the change');
      return isReported;
    }, withinMs);
  }

  close(): void {
    this.isClosed = true;
    this.subscription.close();
  }

  private note(): void {
    // The feed may call before the subscription exists.
    const subscription: FeedSubscription | undefined = this.subscription;
    this.notedMs = subscription?.confirmedMs ?? -Infinity;
  }
}
