import type { ModelConnection } from './model-connection.js';
import type { SettledChannel } from './model-entry-store.js';

interface Watcher {
  readonly key: string;
  readonly connection: ModelConnection;
  readonly onSettled: () => void;
}

/** Publishes the ends of leases to the processes that watch their keys. */
export class SettledChannels {
  private readonly watchers = new Set<Watcher>();

  /** The channel of one process. */
  of(connection: ModelConnection): SettledChannel {
    return {
      watch: (key, onSettled) => {
        const watcher = { key, connection, onSettled };
        this.watchers.add(watcher);
        return () => this.watchers.delete(watcher);
      },
    };
  }

  settled(key: string): void {
    for (const watcher of this.watchers) if (watcher.key === key) this.notify(watcher);
  }

  private notify(watcher: Watcher): void {
    const { process } = watcher.connection;
    const work = (): void => {
      if (this.watchers.has(watcher)) watcher.onSettled();
    };
    process.scheduler.after(watcher.connection.delayMs(), work, { process });
  }
}
