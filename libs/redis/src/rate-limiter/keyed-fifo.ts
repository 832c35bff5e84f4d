/** Those of this process who wait for the same: one after the other, in the order they came. */
export class KeyedFifo {
  private readonly last = new Map<string, Promise<void>>();

  /** Resolves when everybody before has left, or it is over; `leave` lets the next one in. */
  async join(line: string, isOver: Promise<unknown>): Promise<() => void> {
    const before = this.last.get(line);
    let left!: () => void;
    const mine = new Promise<void>((resolve) => (left = resolve));
    // Who gives up does not let the next one past those before.
    const entry = before === undefined ? mine : before.then(() => mine);
    this.last.set(line, entry);
    void entry.then(() => {
      if (this.last.get(line) === entry) this.last.delete(line);
    });
    if (before !== undefined) await Promise.race([before, isOver]);
    return left;
  }
}
