import type { FeedListener, FeedSubscription, InvalidationFeed } from '../../../src/domain/entry-store.js';
import { ORDER_MS } from '../simulation/virtual-scheduler.js';
import type { ModelConnection } from './model-connection.js';

const PING_EVERY_MS = 500;

/** How the feed fails when its mechanisms are switched off. */
export interface FeedDefects {
  /** Reports nothing after a gap. */
  readonly forgetsGaps?: boolean | undefined;
  /** Confirms what it has not delivered. */
  readonly confirmsAlways?: boolean | undefined;
}

/**
 * The feed of one process. Changes arrive in their order and late; the reply to a PING arrives after all changes that
 * the server executed before it. During a gap changes are lost.
 */
export class ModelFeed implements InvalidationFeed {
  readonly allowsCopies = true;
  private readonly subscriptions = new Set<ModelFeedSubscription>();

  constructor(
    private readonly connection: ModelConnection,
    private readonly defects: FeedDefects = {},
  ) {}

  subscribe(rootPrefix: string, listener: FeedListener): FeedSubscription {
    const subscription = new ModelFeedSubscription(this.connection, this.defects, rootPrefix, listener);
    this.subscriptions.add(subscription);
    subscription.connect();
    return subscription;
  }

  changed(key: string): void {
    for (const subscription of this.subscriptions) subscription.changed(key);
  }

  versionsChanged(): void {
    for (const subscription of this.subscriptions) subscription.versionsChanged();
  }

  /** Loses the connection for a time. */
  interrupt(ms: number): void {
    for (const subscription of this.subscriptions) subscription.interrupt(ms);
  }
}

class ModelFeedSubscription implements FeedSubscription {
  private confirmed = -Infinity;
  private isConnected = false;
  private isClosed = false;
  private lastDeliveryMs = 0;
  /** Changes with every gap: what was in flight before it is lost. */
  private generation = 0;

  constructor(
    private readonly connection: ModelConnection,
    private readonly defects: FeedDefects,
    private readonly rootPrefix: string,
    private readonly listener: FeedListener,
  ) {}

  get confirmedMs(): number {
    return this.defects.confirmsAlways === true ? Infinity : this.confirmed;
  }

  close(): void {
    this.isClosed = true;
    this.generation++;
    this.confirmed = -Infinity;
  }

  connect(): void {
    const { generation } = this;
    this.background(this.connection.delayMs(), () => {
      if (generation !== this.generation) return;
      this.isConnected = true;
      if (this.defects.forgetsGaps !== true || generation === 0) this.deliver(() => this.listener.onInvalidate(null));
      this.ping(generation);
    });
  }

  changed(key: string): void {
    if (key.startsWith(this.rootPrefix)) this.deliver(() => this.listener.onInvalidate([key]));
  }

  versionsChanged(): void {
    this.deliver(() => this.listener.onVersions());
  }

  interrupt(ms: number): void {
    if (this.isClosed) return;
    this.generation++;
    this.isConnected = false;
    this.changeConfirmed(-Infinity);
    this.background(ms, () => this.connect());
  }

  private changeConfirmed(confirmedMs: number): void {
    this.confirmed = confirmedMs;
    this.listener.onConfirmed();
  }

  private get process(): ModelConnection['process'] {
    return this.connection.process;
  }

  private ping(generation: number): void {
    if (generation !== this.generation) return;
    const sentMs = this.process.clock.monotonicMs();
    this.process.scheduler.after(
      this.connection.delayMs(),
      () => this.deliver(() => this.changeConfirmed(sentMs), true),
      { isBackground: true, isSilent: true },
    );
    this.background(PING_EVERY_MS, () => this.ping(generation));
  }

  /**
   * The server sends something; it arrives after all that it sent before.
   * @param isConfirmation it is the reply to a PING: it settles no promise, and the history need not wait for it
   */
  private deliver(receive: () => void, isConfirmation = false): void {
    const { generation } = this;
    if (!this.isConnected || this.isClosed) return;
    const { scheduler } = this.process;
    this.lastDeliveryMs = Math.max(scheduler.nowMs + this.connection.delayMs(), this.lastDeliveryMs + ORDER_MS);
    const work = (): void => {
      if (generation === this.generation) receive();
    };
    const options = { process: this.process, isBackground: isConfirmation, isSilent: isConfirmation };
    scheduler.after(this.lastDeliveryMs - scheduler.nowMs, work, options);
  }

  /** `work` only schedules other steps. */
  private background(ms: number, work: () => void): void {
    this.process.scheduler.after(ms, work, { process: this.process, isBackground: true, isSilent: true });
  }
}
