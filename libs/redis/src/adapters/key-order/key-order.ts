/**
 * Keeps calls on one key in the order they were made, where a value takes time to become bytes: whoever comes later begins when
 * all before it have begun. With a codec that answers at once nothing is ever held, and nobody waits.
 */
export class KeyOrder {
  /** The last call on each key that has not begun. */
  private readonly waiting = new Map<string, Promise<unknown>>();

  /** Nobody has to wait. */
  get isEmpty(): boolean {
    return this.waiting.size === 0;
  }

  /** Writes as soon as the value is made and the key's turn has come: at once, where both are so already. */
  write<T, R>(key: string, made: T | Promise<T>, write: (made: T) => R | Promise<R>): R | Promise<R> {
    if (!(made instanceof Promise)) return this.begin([key], undefined, () => write(made));
    let value: T;
    const ready = made.then((one) => void (value = one));
    return this.begin([key], ready, () => write(value));
  }

  /** Calls when the key's turn has come: at once, where nothing is held. */
  async after<R>(key: string, call: () => R | Promise<R>): Promise<R> {
    return this.isEmpty ? call() : this.begin([key], undefined, call);
  }

  async afterAll<R>(keys: readonly string[], call: () => R | Promise<R>): Promise<R> {
    return this.isEmpty ? call() : this.begin(keys, undefined, call);
  }

  /** For a call of several commands on one key: later calls on it begin when this one has ended, not when it has begun. */
  async alone<R>(key: string, call: () => Promise<R>): Promise<R> {
    const before = this.waiting.get(key);
    const ended = before === undefined ? call() : before.then(call);
    this.add(key, ended);
    return ended;
  }

  /** For a call that may touch any key. */
  async afterEverything<R>(call: () => R | Promise<R>): Promise<R> {
    return this.begin([...this.waiting.keys()], undefined, call);
  }

  private begin<R>(
    keys: readonly string[],
    ready: Promise<void> | undefined,
    call: () => R | Promise<R>,
  ): R | Promise<R> {
    const waitFor = keys.flatMap((key) => this.waiting.get(key) ?? []);
    if (waitFor.length === 0 && ready === undefined) return call();
    let started: R | Promise<R>;
    // A value that cannot be made ends its own call only: those behind it still wait for those before it.
    const starting = Promise.all(waitFor)
      .then(() => ready)
      .then(() => void (started = call()));
    for (const key of keys) this.add(key, starting);
    return Promise.all([ready, starting]).then(() => started);
  }

  private add(key: string, beginning: Promise<unknown>): void {
    const over: Promise<unknown> = beginning.then(
      () => this.release(key, over),
      () => this.release(key, over),
    );
    this.waiting.set(key, over);
  }

  private release(key: string, over: Promise<unknown>): void {
    if (this.waiting.get(key) === over) this.waiting.delete(key);
  }
}
