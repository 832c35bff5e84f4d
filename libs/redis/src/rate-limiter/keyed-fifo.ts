/** Queues of waiting callers, one queue per key, first in, first out. */
export class KeyedFifo {
  private readonly last = new Map<string, Promise<void>>();

  /**
   * Resolves when all earlier callers of the key have left, or when `timeout` resolves. The result is the function to
   * leave.
   */
  async join(key: string, timeout: Promise<unknown>): Promise<() => void> {
    const before = this.last.get(key);
    let leave!: () => void;
    const mine = new Promise<void>((resolve) => (leave = resolve));
    // A caller that gives up must not let the next one overtake the earlier ones.
    const entry = before === undefined ? mine : before.then(() => mine);
    this.last.set(key, entry);
    void entry.then(() => {
      if (this.last.get(key) === entry) this.last.delete(key);
    });
    if (before !== undefined) await Promise.race([before, timeout]);
    return leave;
  }
}
