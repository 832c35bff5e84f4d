/** A load together with the callers that share it. */
export interface Flight {
  readonly promise: Promise<unknown>;
  /** True if the key was changed since the load began, or is being changed: the value is not stored. */
  fenced: boolean;
  /** The write of the value while it is in flight. Never rejects. */
  publishing: Promise<void> | undefined;
  /** Aborts the load. */
  abort(reason: Error): void;
}

/**
 * The running loads of this process, at most one per key that callers may join. Every change of a key is announced
 * before and after: running loads of the key are fenced and cannot be joined any more, and loads that begin meanwhile
 * are fenced from the start. So a value whose load began before a change was acknowledged is never stored, and no write
 * of a load follows the write of a change.
 */
export class Flights {
  /** The loads that callers may join, by key. */
  private readonly running = new Map<string, Flight>();
  /** All running loads, including those that callers may not join. */
  private readonly live = new Set<Flight>();
  private readonly changing = new Map<string, number>();
  private readonly changingPrefixes: string[] = [];
  /** The number of calls of `abort`. */
  epoch = 0;

  get(key: string): Flight | undefined {
    return this.running.get(key);
  }

  add(key: string, flight: Flight): void {
    flight.fenced = this.isChanging(key);
    this.running.set(key, flight);
    this.live.add(flight);
  }

  /** Removes a load that has ended. */
  remove(key: string, flight: Flight): void {
    this.live.delete(flight);
    if (this.running.get(key) === flight) this.running.delete(key);
  }

  /** Runs a change of keys, after writes of their loads that are in flight. */
  async change<T>(keys: readonly string[], change: () => Promise<T>): Promise<T> {
    for (const key of keys) this.changing.set(key, (this.changing.get(key) ?? 0) + 1);
    const publishing = this.fence(keys);
    if (publishing !== undefined) await publishing;
    try {
      return await change();
    } finally {
      for (const key of keys) this.endChange(key);
      void this.fence(keys);
    }
  }

  /** Like `change`, for every key that begins with the prefix. */
  async changePrefix<T>(prefix: string, change: () => Promise<T>): Promise<T> {
    this.changingPrefixes.push(prefix);
    const publishing = this.fence(this.keysUnder(prefix));
    if (publishing !== undefined) await publishing;
    try {
      return await change();
    } finally {
      this.changingPrefixes.splice(this.changingPrefixes.indexOf(prefix), 1);
      void this.fence(this.keysUnder(prefix));
    }
  }

  /** Aborts every load. Their values are not stored. */
  abort(reason: Error): void {
    this.epoch++;
    for (const flight of this.live) {
      flight.fenced = true;
      flight.abort(reason);
    }
    this.running.clear();
  }

  private isChanging(key: string): boolean {
    return this.changing.has(key) || this.changingPrefixes.some((prefix) => key.startsWith(prefix));
  }

  private endChange(key: string): void {
    const left = (this.changing.get(key) ?? 1) - 1;
    if (left === 0) this.changing.delete(key);
    else this.changing.set(key, left);
  }

  private keysUnder(prefix: string): string[] {
    return [...this.running.keys()].filter((key) => key.startsWith(prefix));
  }

  /**
   * Fences the loads of these keys. The promise resolves when their writes in flight have ended, which a change must
   * wait for.
   */
  private fence(keys: readonly string[]): Promise<unknown> | undefined {
    const publishing: Promise<void>[] = [];
    for (const key of keys) {
      const flight = this.running.get(key);
      if (flight === undefined) continue;
      flight.fenced = true;
      this.running.delete(key);
      if (flight.publishing !== undefined) publishing.push(flight.publishing);
    }
    return publishing.length === 0 ? undefined : Promise.all(publishing);
  }
}
