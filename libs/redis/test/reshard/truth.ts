/** A value as it is stored: the version of the source, and what has stored it. */
export interface Versioned {
  readonly version: number;
  readonly by: 'set' | 'load';
}

interface Change {
  readonly version: number;
  readonly isSet: boolean;
  readonly beganAt: number;
  /** When its call resolved, or a read returned the value that it has set. */
  knownAt: number;
  endedAt: number;
}

/** A read that returned what a `set` has stored. */
interface SetRead {
  readonly version: number;
  readonly beganAt: number;
  readonly endedAt: number;
}

/** The source of one key and all changes of it, by which reads are judged. */
export class Truth {
  /** The version of the source. */
  version = 0;
  private readonly changes: Change[] = [];
  private readonly reads: SetRead[] = [];

  constructor(
    private readonly key: string,
    /** Returns the number of the next event. */
    private readonly next: () => number,
  ) {}

  /** Changes the source, and then the cache. */
  async change(isSet: boolean, run: (value: Versioned) => Promise<unknown>): Promise<boolean> {
    const version = ++this.version;
    const change: Change = { version, isSet, beganAt: this.next(), knownAt: Infinity, endedAt: Infinity };
    this.changes.push(change);
    try {
      await run({ version, by: 'set' });
      change.knownAt = Math.min(change.knownAt, this.next());
      change.endedAt = this.next();
      return true;
    } catch {
      // Its outcome is unknown: it may have changed one of the owners.
      return false;
    }
  }

  /** Begins a read. The returned function judges its value, and describes what is wrong with it. */
  read(): (value: Versioned | undefined) => string | undefined {
    const beganAt = this.next();
    return (value) => {
      if (value === undefined) return undefined;
      const newer = this.changes.filter(({ version, knownAt }) => version > value.version && knownAt < beganAt);
      const missed = newer.find((change) => !this.isConcurrent(value, change));
      const flip = value.by === 'set' ? this.noteSet(value.version, beganAt) : undefined;
      if (missed === undefined) return flip;
      return `a read of ${this.key} returned version ${value.version} (${value.by}) after the change to ${missed.version}`;
    };
  }

  /** What one read has returned is known to later ones, and a value that another has replaced does not return. */
  private noteSet(version: number, beganAt: number): string | undefined {
    const own = this.changes.find((change) => change.version === version);
    if (own === undefined) return `${this.key} has the unknown version ${version}`;
    const endedAt = this.next();
    own.knownAt = Math.min(own.knownAt, endedAt);
    const flip = this.reads.find(
      (read) => read.version !== version && own.endedAt < read.beganAt && read.endedAt < beganAt,
    );
    this.reads.push({ version, beganAt, endedAt });
    return flip && `a read of ${this.key} returned version ${version}, which version ${flip.version} had replaced`;
  }

  /** Of two writes that overlap, either may be the later one. */
  private isConcurrent(value: Versioned, change: Change): boolean {
    if (value.by !== 'set') return false;
    return this.changes.some(
      ({ version, isSet, endedAt }) => isSet && version === value.version && endedAt > change.beganAt,
    );
  }
}
