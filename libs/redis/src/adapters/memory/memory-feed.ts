import { TypedEmitter } from '../../common/typed-emitter.js';
import type { FeedListener, FeedSubscription, InvalidationFeed } from '../../domain/entry-store.js';
import { InternalKeys } from '../../domain/models/internal-keys.js';
import type { MemoryLink } from './memory.link.js';

/** Reports changes of the embedded store, in the same step. Nothing else changes it, so it is always up to date. */
export class MemoryFeed implements InvalidationFeed {
  readonly allowsCopies = true;
  private readonly events = new TypedEmitter<{ change: string }>();
  private readonly keys: InternalKeys;

  constructor(
    private readonly link: MemoryLink,
    private readonly keyPrefix: string,
  ) {
    this.keys = new InternalKeys(keyPrefix);
  }

  /** The record of a full key changed. */
  changed(key: string): void {
    this.events.emit('change', key);
  }

  subscribe(rootPrefix: string, listener: FeedListener): FeedSubscription {
    const root = this.keyPrefix + rootPrefix;
    const versionPrefixes = this.keys.versionPrefixes(rootPrefix);
    const report = (key: string): void => {
      if (key.startsWith(root)) listener.onInvalidate([key.slice(this.keyPrefix.length)]);
      else if (versionPrefixes.some((prefix) => key.startsWith(prefix))) listener.onVersions();
    };
    let isUp = this.link.state === 'up';
    const follow = (state: string): void => {
      if (state === 'up') listener.onInvalidate(null);
      isUp = state === 'up';
      listener.onConfirmed();
    };
    const ends = [this.events.onDetached('change', report), this.link.onChange(follow)];
    let isClosed = false;
    return {
      get confirmedMs() {
        return isUp && !isClosed ? Infinity : -Infinity;
      },
      close: () => {
        isClosed = true;
        for (const end of ends) end();
      },
    };
  }
}
