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
    let value: T;
    const ready = encoded.then((result) => void (value = result));
    return this.start([key], ready, () => write(value));
  }

  /** Like `write`, for a write of several keys. */
  writeAll<T, R>(keys: readonly string[], ready: Promise<T>, write: (value: T) => Promise<R>): Promise<R> {
    let value: T;
    const noted = ready.then((result) => void (value = result));
    return Promise.resolve(this.start(keys, noted, () => write(value)));
  }

  /** Runs the call when no earlier call on the key is waiting. */
  async after<R>(key: string, call: () => R | Promise<R>): Promise<R> {
    return this.isEmpty ? call() : this.start([key], undefined, call);
  }

  /** Runs the call when no earlier call on any of the keys is waiting. */
  async afterAll<R>(keys: readonly string[], call: () => R | Promise<R>): Promise<R> {
    return this.isEmpty ? call() : this.start(keys, undefined, call);
  }

  /**
   * Runs a call of several commands on one key. Later calls on the key start after it has finished, not after it has
   * started.
   */
  async runExclusively<R>(key: string, call: () => Promise<R>): Promise<R> {
    const previous = this.waiting.get(key);
    const finished = previous === undefined ? call() : previous.then(call);
    this.add(key, finished);
    return finished;
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
    const waitFor = keys.flatMap((key) => this.waiting.get(key) ?? []);
    if (waitFor.length === 0 && ready === undefined) return call();
    let started: R | Promise<R>;
    // A value that cannot be encoded fails its own call only. Later calls still wait for the earlier ones.
    const starting = Promise.all(waitFor)
      .then(() => ready)
      .then(() => void (started = call()));
    for (const key of keys) this.add(key, starting);
    return Promise.all([ready, starting]).then(() => started);
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
