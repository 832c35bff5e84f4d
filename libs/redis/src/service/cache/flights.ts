/** One load under way, and all who wait for it. */
export interface Flight {
  readonly promise: Promise<unknown>;
  /** Somebody changed the key since the load began: what it loads is not to be stored, nor given to anybody who comes later. */
  fenced: boolean;
  /** While its value is being written. */
  publishing: Promise<void> | undefined;
  abort(reason: Error): void;
}

/**
 * The loads of this process, at most one per key. Whoever changes a key fences its load first, and again when the change is
 * acknowledged; so a value whose load began before that is never stored after it.
 */
export class Flights {
  private readonly running = new Map<string, Flight>();

  get(key: string): Flight | undefined {
    return this.running.get(key);
  }

  add(key: string, flight: Flight): void {
    this.running.set(key, flight);
  }

  /** The load ended, however it did. */
  remove(key: string, flight: Flight): void {
    if (this.running.get(key) === flight) this.running.delete(key);
  }

  /** Fences the load of a key. If its value is just being written, the answer is when that is over: the change must come after. */
  fence(key: string): Promise<void> | undefined {
    const flight = this.running.get(key);
    if (flight === undefined) return undefined;
    flight.fenced = true;
    this.running.delete(key);
    return flight.publishing;
  }

  fenceAll(keys: readonly string[]): Promise<void> | undefined {
    return allOf(keys.map((key) => this.fence(key)));
  }

  /** Fences every load whose key begins so. */
  fencePrefix(prefix: string): Promise<void> | undefined {
    return this.fenceAll([...this.running.keys()].filter((key) => key.startsWith(prefix)));
  }

  /** Aborts every load: nobody will store what they bring. */
  abort(reason: Error): void {
    for (const flight of this.running.values()) {
      flight.fenced = true;
      flight.abort(reason);
    }
    this.running.clear();
  }
}

function allOf(promises: readonly (Promise<void> | undefined)[]): Promise<void> | undefined {
  const pending = promises.filter((promise) => promise !== undefined);
  return pending.length === 0 ? undefined : Promise.all(pending).then(() => undefined);
}
