import { TypedEmitter } from '../../common/typed-emitter.js';
import type { RedisInfraError } from '../../common/redis-infra.error.js';
import type { FeedListener, FeedSubscription } from '../../domain/entry-store.js';
import type { NodeName } from '../connection/link-client.js';
import { MasterFeed, type MasterFeedListener, type MasterFeedParts } from './master-feed.js';

export interface RootFeedParts extends Omit<MasterFeedParts, 'prefixes'> {
  /** The prefix of the values in the store, which is removed from reported keys. */
  readonly keyPrefix: string;
  /** The prefix of the root namespace, without that of the store. */
  readonly rootPrefix: string;
  /** The beginnings of the version keys of the root, with the prefix of the store. */
  readonly versionPrefixes: readonly string[];
}

interface RootFeedEvents {
  invalidate: readonly string[] | null;
  versions: undefined;
  confirmed: undefined;
  refused: RedisInfraError;
}

/**
 * The changes of the keys of one root namespace: one feed for each master. It is confirmed while the feeds of all
 * masters are. After a gap of any of them, and after each change of the servers, any key may have changed.
 */
export class RootFeed {
  /** All changes up to this moment are reported (monotonic milliseconds). -Infinity while a master has no feed. */
  private confirmedMs = -Infinity;
  private readonly events = new TypedEmitter<RootFeedEvents>();
  private readonly feeds = new Map<NodeName, MasterFeed>();
  private refusal: RedisInfraError | undefined;
  private subscribers = 0;
  private isPlanned = false;
  private cancelPlan = (): void => {};

  constructor(private readonly parts: RootFeedParts) {}

  subscribe(listener: FeedListener): FeedSubscription {
    const { events, parts } = this;
    const ends = [
      events.onDetached('invalidate', (keys) => listener.onInvalidate(keys)),
      events.onDetached('versions', () => listener.onVersions()),
      events.onDetached('confirmed', () => listener.onConfirmed()),
      events.onDetached('refused', (error) => listener.onRefused(error)),
    ];
    const { refusal } = this;
    if (refusal !== undefined) parts.scheduler.after(0, () => isOpen && listener.onRefused(refusal));
    else if (this.subscribers++ === 0) this.serversChanged();
    const confirmedMs = (): number => (isOpen ? this.confirmedMs : -Infinity);
    let isOpen = true;
    return {
      get confirmedMs() {
        return confirmedMs();
      },
      close: () => {
        if (!isOpen) return;
        isOpen = false;
        for (const end of ends) end();
        if (refusal === undefined && --this.subscribers === 0) this.stop();
      },
    };
  }

  /** Commands may reach other servers from now on. */
  readonly serversChanged = (): void => {
    if (this.subscribers === 0 || this.refusal !== undefined) return;
    this.changeConfirmed(-Infinity);
    this.isPlanned = false;
    const { masters } = this.parts.path;
    if (masters.size === 0) return this.stop();
    this.cancelPlan();
    this.cancelPlan = this.parts.scheduler.after(0, () => this.plan());
  };

  /** Opens a feed for each new master, closes those of former masters, and checks the others again. */
  private plan(): void {
    const { masters } = this.parts.path;
    for (const [node, feed] of this.feeds) {
      if (masters.has(node)) feed.recheck();
      else this.closeFeed(node, feed);
    }
    this.isPlanned = true;
    for (const node of masters) if (!this.feeds.has(node)) this.openFeed(node);
  }

  private openFeed(node: NodeName): void {
    const { keyPrefix, rootPrefix, versionPrefixes, ...parts } = this.parts;
    const prefixes = [keyPrefix + rootPrefix, ...versionPrefixes];
    const feed = new MasterFeed(node, { ...parts, prefixes }, this.listener);
    this.feeds.set(node, feed);
    feed.start();
  }

  private closeFeed(node: NodeName, feed: MasterFeed): void {
    this.feeds.delete(node);
    feed.close();
  }

  private stop(): void {
    this.cancelPlan();
    this.changeConfirmed(-Infinity);
    this.isPlanned = false;
    for (const [node, feed] of this.feeds) this.closeFeed(node, feed);
  }

  private readonly listener: MasterFeedListener = {
    onKeys: (keys) => this.report(keys),
    onConfirmed: () => this.confirm(),
    onGap: () => this.changeConfirmed(-Infinity),
    onRefused: (error) => {
      if (this.refusal !== undefined) return;
      this.refusal = error;
      this.stop();
      this.events.emit('refused', error);
    },
  };

  private confirm(): void {
    if (!this.isPlanned) return;
    let oldestMs = Infinity;
    for (const { confirmedMs } of this.feeds.values()) oldestMs = Math.min(oldestMs, confirmedMs);
    if (oldestMs === -Infinity) return;
    if (this.confirmedMs === -Infinity) this.report(null);
    this.changeConfirmed(oldestMs);
  }

  private changeConfirmed(confirmedMs: number): void {
    if (confirmedMs === this.confirmedMs) return;
    this.confirmedMs = confirmedMs;
    this.events.emit('confirmed', undefined);
  }

  private report(keys: readonly string[] | null): void {
    const { keyPrefix, versionPrefixes } = this.parts;
    if (keys === null) return this.events.emit('invalidate', null);
    const isVersion = (key: string): boolean => versionPrefixes.some((prefix) => key.startsWith(prefix));
    const values = keys.filter((key) => !isVersion(key)).map((key) => key.slice(keyPrefix.length));
    if (values.length > 0) this.events.emit('invalidate', values);
    if (values.length < keys.length) this.events.emit('versions', undefined);
  }
}
