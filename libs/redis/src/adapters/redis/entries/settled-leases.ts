import { outsideRequests } from '../../../common/async-context.js';
import { systemTimers, type Timers } from '../../../common/time/timers.js';
import { RedisInfraError } from '../../../common/redis-infra.error.js';
import { reconnectDelayMs } from '../../../config/reconnect.strategy.js';
import { disconnected } from '../../errors/error-mapping.js';
import { SettledSubscriber, type SubscriberParts } from './settled-subscriber.js';

/** How long the connection stays open without a watcher. */
const IDLE_MS = 30_000;

/** Someone who waits for the end of a lease. */
interface Watcher {
  readonly onSettled: () => void;
  /** The watcher is notified from now on. */
  isActive: boolean;
}

export interface SettledLeasesParts extends Pick<SubscriberParts, 'create' | 'channel'> {
  /** Sends a message that names no key: without permission for it, no load of this user notifies its waiters. */
  readonly publish?: ((channel: string) => Promise<unknown>) | undefined;
  /** Called when the server refuses a subscription or a message. */
  readonly onRefused?: ((command: 'SUBSCRIBE' | 'PUBLISH', error: RedisInfraError) => void) | undefined;
  readonly timers?: Timers | undefined;
}

/**
 * Notifies those who wait for the end of a lease. One connection is subscribed for all of them. It is opened for the
 * first watcher and closed when there was none for a while.
 */
export class SettledLeases {
  /** The watchers of each key, by its name without the prefix of the store. */
  private readonly watchers = new Map<string, Set<Watcher>>();
  private readonly timers: Timers;
  private subscriber: SettledSubscriber | undefined = undefined;
  /** Resolves when the subscription is active; undefined if there is none and none is being opened. */
  private subscribed: Promise<void> | undefined = undefined;
  /** The number of failed attempts since the subscription was lost. */
  private attempts = 0;
  private isLost = false;
  private isClosed = false;
  private cancelRetry: () => void = () => {};
  private cancelIdle: () => void = () => {};

  constructor(private readonly parts: SettledLeasesParts) {
    this.timers = parts.timers ?? systemTimers;
  }

  /**
   * Calls `onSettled` each time a lease of the key ended, and after a loss of the connection, which may have lost a
   * message. Resolves when that holds, with the function that ends it.
   * @throws RedisInfraError CONNECTION_FAILED; COMMAND_FAILED if the user may not subscribe; CLOSED
   */
  async watch(name: string, onSettled: () => void): Promise<() => void> {
    if (this.isClosed) throw disconnected('SUBSCRIBE');
    const watcher: Watcher = { onSettled, isActive: false };
    this.add(name, watcher);
    try {
      await this.connect();
    } catch (error) {
      this.remove(name, watcher);
      throw error;
    }
    watcher.isActive = true;
    return () => this.remove(name, watcher);
  }

  /** Closes the connection. All watchers are notified once and then dropped, because no message will follow. */
  close(): void {
    this.isClosed = true;
    this.hangUp();
    this.notifyAll();
    this.watchers.clear();
  }

  /** Accepts watchers again after `close()`. */
  reopen(): void {
    this.isClosed = false;
  }

  private connect(): Promise<void> {
    this.cancelRetry();
    // The connection must not run in the async context of the request that opens it.
    return (this.subscribed ??= outsideRequests(() => this.subscribe()));
  }

  private async subscribe(): Promise<void> {
    const subscriber = new SettledSubscriber({
      create: this.parts.create,
      channel: this.parts.channel,
      onMessage: (name) => this.notify(this.watchers.get(name)),
      onLost: () => this.lost(subscriber),
    });
    this.subscriber = subscriber;
    try {
      await this.open(subscriber);
    } catch (error) {
      subscriber.close();
      if (this.subscriber === subscriber) this.retryLater();
      throw error;
    }
    if (this.subscriber !== subscriber) throw disconnected('SUBSCRIBE');
    this.attempts = 0;
    if (this.isLost) this.notifyAll();
    this.isLost = false;
  }

  /** Without permission for both commands the waiters must poll. The processes of a fleet have one user. */
  private async open(subscriber: SettledSubscriber): Promise<void> {
    const { channel, publish } = this.parts;
    await this.permitted('SUBSCRIBE', () => subscriber.open());
    await this.permitted('PUBLISH', async () => publish?.(channel));
  }

  /** @throws RedisInfraError if the server refuses the command, or the subscription fails otherwise */
  private async permitted(command: 'SUBSCRIBE' | 'PUBLISH', run: () => Promise<unknown>): Promise<void> {
    try {
      await run();
    } catch (error) {
      const isRefused = error instanceof RedisInfraError && error.context.reply === 'NOPERM';
      if (isRefused) this.parts.onRefused?.(command, error);
      if (isRefused || command === 'SUBSCRIBE') throw error;
    }
  }

  private lost(subscriber: SettledSubscriber): void {
    if (this.subscriber !== subscriber) return;
    this.isLost = true;
    this.retryLater();
  }

  private retryLater(): void {
    this.subscriber = undefined;
    this.subscribed = undefined;
    this.cancelRetry();
    this.cancelRetry = this.timers.afterInBackground(reconnectDelayMs(++this.attempts), () => {
      if (this.watchers.size > 0) this.connect().catch(() => {});
    });
  }

  private add(name: string, watcher: Watcher): void {
    this.cancelIdle();
    const ofName = this.watchers.get(name);
    if (ofName === undefined) this.watchers.set(name, new Set([watcher]));
    else ofName.add(watcher);
  }

  private remove(name: string, watcher: Watcher): void {
    const ofName = this.watchers.get(name);
    if (ofName?.delete(watcher) !== true) return;
    if (ofName.size === 0) this.watchers.delete(name);
    if (this.watchers.size > 0) return;
    this.cancelIdle();
    this.cancelIdle = outsideRequests(() => this.timers.afterInBackground(IDLE_MS, () => this.hangUp()));
  }

  private hangUp(): void {
    this.cancelRetry();
    this.cancelIdle();
    this.subscriber?.close();
    this.subscriber = undefined;
    this.subscribed = undefined;
    this.isLost = false;
  }

  private notifyAll(): void {
    for (const watchers of this.watchers.values()) this.notify(watchers);
  }

  private notify(watchers: Iterable<Watcher> = []): void {
    for (const watcher of [...watchers]) if (watcher.isActive) watcher.onSettled();
  }
}
