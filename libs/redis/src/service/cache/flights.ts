/** One load under way, and all who wait for it. */
export interface Flight {
  readonly promise: Promise<unknown>;
  /** Somebody changed the key since the load began, or is changing it: what it loads is not to be stored. */
  fenced: boolean;
  /** While its value is being written; it never rejects. */
  publishing: Promise<void> | undefined;
  abort(reason: Error): void;
}

/**
 * The loads of this process, at most one per key that may be joined. Whoever changes a key says so before and after: loads that
 * run then are fenced and not joined any more, loads that begin meanwhile are fenced from the start. So a value whose load began
 * before a change was acknowledged is never stored, and no write of a load comes after that of a change.
 */
export class Flights {
  /** Those that may be joined, by key. */
  private readonly running = new Map<string, Flight>();
  /** All of them. */
  private readonly live = new Set<Flight>();
  private readonly changing = new Map<string, number>();
  private readonly changingPrefixes: string[] = [];
  /** Counts the times that every load was aborted. */
  epoch = 0;

  get(key: string): Flight | undefined {
    return this.running.get(key);
  }

  add(key: string, flight: Flight): void {
    flight.fenced = this.isChanging(key);
    this.running.set(key, flight);
    this.live.add(flight);
  }

  /** The load ended, however it did. */
  remove(key: string, flight: Flight): void {
    this.live.delete(flight);
    if (this.running.get(key) === flight) this.running.delete(key);
  }

  /** Makes a change of keys, after what is being written of them now. */
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

  /** The same for every key that begins so. */
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

  /** Aborts every load: nobody will store what they bring. */
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

  /** Fences the loads of these keys. The answer is when what is being written of them is over: a change must come after. */
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
