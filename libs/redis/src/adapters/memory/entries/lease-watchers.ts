import { outsideRequests } from '../../../common/async-context.js';

/** The callbacks that wait for leases to end. */
export class LeaseWatchers {
  private readonly watchers = new Map<string, Set<() => void>>();

  /** Calls `onSettled` each time a lease of the key ends. The returned function stops that. */
  watch(key: string, onSettled: () => void): () => void {
    const watchers = this.watchers.get(key) ?? new Set();
    this.watchers.set(key, watchers);
    const watcher = (): void => onSettled();
    watchers.add(watcher);
    return () => {
      watchers.delete(watcher);
      if (watchers.size === 0 && this.watchers.get(key) === watchers) this.watchers.delete(key);
    };
  }

  /** Notifies after the current step, so that a callback never sees a key in the middle of a change. */
  notify(key: string): void {
    const watchers = this.watchers.get(key);
    if (watchers === undefined) return;
    const notified = [...watchers];
    outsideRequests(() =>
      queueMicrotask(() => {
        for (const watcher of notified) if (watchers.has(watcher)) watcher();
      }),
    );
  }
}
