/**
 * Keeps the calls on each key in the order in which they were made while values are encoded asynchronously: a call
 * starts after all earlier calls on its keys have started. With a synchronous codec no call ever waits.
 */
export class KeyOrder {
  /** The last call on each key that has not started. */
  private readonly waiting = new Map<string, Promise<unknown>>();

  /** No call is waiting. */
  get isEmpty(): boolean {
    return this.waiting.size === 0;
  }

  /** Writes once the value is encoded and no earlier call on the key is waiting; synchronously if both hold already. */
  write<T, R>(key: string, encoded: T | Promise<T>, write: (value: T) => R | Promise<R>): R | Promise<R> {
    if (!(encoded instanceof Promise)) return this.start([key], undefined, () => write(encoded));
    return this.writeAll([key], encoded, write);
  }

  /** Like `write`, for a write of several keys. */
  async writeAll<T, R>(keys: readonly string[], encoded: Promise<T>, write: (value: T) => R | Promise<R>): Promise<R> {
    let value: T;
    const ready = encoded.then((result) => void (value = result));
    return this.start(keys, ready, () => write(value));
  }

  /** Runs the call when no earlier call on any of the keys is waiting. */
  async afterAll<R>(keys: readonly string[], call: () => R | Promise<R>): Promise<R> {
    return this.isEmpty ? call() : this.start(keys, undefined, call);
  }

  /**
   * Runs a call of several steps on these keys. Later calls on the keys start after it has finished, not after it has
   * started.
   */
  async runExclusively<R>(keys: readonly string[], call: () => Promise<R>): Promise<R> {
    const earlier = this.waitingOn(keys);
    const finished = earlier.length === 0 ? call() : Promise.all(earlier).then(call);
    for (const key of keys) this.add(key, finished);
    return finished;
  }

  /** Resolves when all calls that were made before on keys with this prefix have started, or finished if exclusive. */
  async whenDone(prefix: string): Promise<void> {
    await Promise.all(this.waitingOn([...this.waiting.keys()].filter((key) => key.startsWith(prefix))));
  }

  /** Runs a call that may touch any key, after all waiting calls. */
  async afterEverything<R>(call: () => R | Promise<R>): Promise<R> {
    return this.start([...this.waiting.keys()], undefined, call);
  }

  private start<R>(
    keys: readonly string[],
    ready: Promise<void> | undefined,
    call: () => R | Promise<R>,
  ): R | Promise<R> {
    const waitFor = this.waitingOn(keys);
    if (waitFor.length === 0 && ready === undefined) return call();
    let started: R | Promise<R>;
    // A value that cannot be encoded fails its own call only. Later calls still wait for the earlier ones.
    const starting = Promise.all(waitFor)
      .then(() => ready)
      .then(() => void (started = call()));
    for (const key of keys) this.add(key, starting);
    return Promise.all([ready, starting]).then(() => started);
  }

  /** The earlier calls on these keys. These promises never reject. */
  private waitingOn(keys: readonly string[]): Promise<unknown>[] {
    return keys.flatMap((key) => this.waiting.get(key) ?? []);
  }

  private add(key: string, starting: Promise<unknown>): void {
    const done: Promise<unknown> = starting.then(
      () => this.release(key, done),
      () => this.release(key, done),
    );
    this.waiting.set(key, done);
  }

  private release(key: string, done: Promise<unknown>): void {
    if (this.waiting.get(key) === done) this.waiting.delete(key);
  }
}
