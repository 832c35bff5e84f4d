import { KeyCounts } from '../../../common/key-counts.js';
import type { Load } from './load.js';

/**
 * The running loads of this process. Requests and calls are numbered in the order in which they begin: a request with a
 * greater number than a call was sent after the call began, so its reply holds for that call.
 */
export class LoadRegistry {
  /** The newest load of each key that callers may join. */
  private readonly current = new Map<string, Load<unknown>>();
  private readonly byToken = new Map<string, Load<unknown>>();
  /** All running loads, including those that callers may not join. */
  private readonly live = new Set<Load<unknown>>();
  private readonly changing = new KeyCounts();
  private readonly changingPrefixes: string[] = [];
  private readonly abortListeners = new Set<(reason: Error) => void>();
  private requests = 0;
  private closings = 0;
  private currentEpoch = 0;

  /** Changes when the cache is disconnected: what began in an earlier epoch must not start anything in a later one. */
  get epoch(): number {
    return this.currentEpoch;
  }

  /** Whether what began in this epoch may still start a load. False for all while the cache is being disconnected. */
  isOpen(epoch: number): boolean {
    return this.closings === 0 && epoch === this.currentEpoch;
  }

  /** Returns the number of a request that is sent now, or of a call that begins now. */
  nextRequest(): number {
    return ++this.requests;
  }

  /** The load of a key that callers may join. */
  get<T>(at: string): Load<T> | undefined {
    return this.current.get(at) as Load<T> | undefined;
  }

  /** The running load that holds this lease. */
  holding<T>(token: string): Load<T> | undefined {
    return this.byToken.get(token) as Load<T> | undefined;
  }

  add(load: Load<unknown>): void {
    load.fenced = this.isChanging(load.at);
    this.current.set(load.at, load);
    this.live.add(load);
    if (load.lease !== undefined) this.byToken.set(load.lease.token, load);
  }

  /** Removes a load that has ended. */
  remove(load: Load<unknown>): void {
    this.live.delete(load);
    if (load.lease !== undefined) this.byToken.delete(load.lease.token);
    if (this.current.get(load.at) === load) this.current.delete(load.at);
  }

  /** Runs a change of keys. Loads of these keys that run now or begin meanwhile do not store their values. */
  async change<T>(keys: readonly string[], change: () => Promise<T>): Promise<T> {
    this.changing.add(keys);
    this.fence(keys);
    try {
      return await change();
    } finally {
      this.changing.remove(keys);
      this.fence(keys);
    }
  }

  /** Like `change`, for every key that begins with the prefix. */
  async changePrefix<T>(prefix: string, change: () => Promise<T>): Promise<T> {
    this.changingPrefixes.push(prefix);
    this.fence(this.keysUnder(prefix));
    try {
      return await change();
    } finally {
      this.changingPrefixes.splice(this.changingPrefixes.indexOf(prefix), 1);
      this.fence(this.keysUnder(prefix));
    }
  }

  /**
   * Aborts every load and every wait, and then disconnects. No load starts until that has ended, and what began
   * before that starts none after it.
   */
  async close(reason: Error, disconnect: () => Promise<void>): Promise<void> {
    this.closings++;
    try {
      await this.abort(reason);
      await disconnect();
    } finally {
      this.currentEpoch++;
      this.closings--;
    }
  }

  /** Aborts every load and every wait. Resolves when the loads have ended. */
  async abort(reason: Error): Promise<void> {
    this.currentEpoch++;
    const live = [...this.live];
    for (const load of live) {
      load.fenced = true;
      load.controls.abort(reason);
    }
    this.current.clear();
    for (const listener of this.abortListeners) listener(reason);
    await Promise.allSettled(live.map(({ result }) => result));
  }

  /** Calls the listener when everything is aborted. The returned function removes it. */
  onAbort(listener: (reason: Error) => void): () => void {
    this.abortListeners.add(listener);
    return () => void this.abortListeners.delete(listener);
  }

  private isChanging(key: string): boolean {
    return this.changing.has(key) || this.changingPrefixes.some((prefix) => key.startsWith(prefix));
  }

  private keysUnder(prefix: string): string[] {
    return [...this.current.keys()].filter((key) => key.startsWith(prefix));
  }

  private fence(keys: readonly string[]): void {
    for (const key of keys) {
      const load = this.current.get(key);
      if (load === undefined) continue;
      load.fenced = true;
      this.current.delete(key);
    }
  }
}
