import type { FallbackState } from '../fallback-state.js';

/** What was known when a read was sent. */
export interface ReadStart {
  /** A moment of the monotonic clock, in milliseconds, at which the read was not sent yet. */
  readonly sentMs: number;
  /** The number of changes of keys. */
  readonly changes: number;
  /** The number of lost connections. */
  readonly losses: number;
  readonly replayedVersions: number;
  /** The key was in the journal: the reply may be from before the replay, also if it arrives after it. */
  readonly wasInJournal: boolean;
}

const TICK_ENDED = Promise.resolve();

/** Provides the `ReadStart` of each read. The reads that are sent together share one, unless something changes. */
export class ReadStarts {
  private shared: ReadStart | undefined = undefined;

  constructor(private readonly state: FallbackState) {}

  /** Call it before the read is sent. */
  of(key: string): ReadStart {
    const { shared } = this;
    const { changes, journal, outage, replayedVersions } = this.state;
    if (journal.size > 0) return this.create(journal.has(key));
    const isCurrent =
      shared !== undefined &&
      shared.changes === changes.count &&
      shared.losses === outage.losses &&
      shared.replayedVersions === replayedVersions;
    return isCurrent ? shared : this.share();
  }

  private share(): ReadStart {
    if (this.shared === undefined) void TICK_ENDED.then(this.end);
    return (this.shared = this.create(false));
  }

  /** Later reads take the time again. */
  private readonly end = (): void => {
    this.shared = undefined;
  };

  private create(wasInJournal: boolean): ReadStart {
    const { nowMs, changes, outage, replayedVersions } = this.state;
    return { sentMs: nowMs, changes: changes.count, losses: outage.losses, replayedVersions, wasInJournal };
  }
}
