/** Counts by name. The names come from a small fixed set, such as the error codes. */
export class NamedCounts<Name extends string> {
  private readonly counts = new Map<Name, number>();

  add(name: Name, amount = 1): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + amount);
  }

  of(name: Name): number {
    return this.counts.get(name) ?? 0;
  }

  /** The counts that are not 0. */
  snapshot(): Readonly<Partial<Record<Name, number>>> {
    return Object.fromEntries(this.counts) as Partial<Record<Name, number>>;
  }
}
