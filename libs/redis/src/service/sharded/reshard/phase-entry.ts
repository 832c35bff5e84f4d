import { randomUUID } from 'node:crypto';
import type { Timers } from '../../../common/time/timers.js';
import type { KeyLocator } from '../../../domain/placement/placed-shard.js';
import type { Shard } from '../shards/shard.js';
import {
  contains,
  positionIn,
  type Move,
  type OwnPlacement,
  type Position,
  type PositionRange,
} from '../stamps/own-placement.js';
import { removeLeftovers } from './leftovers.js';
import { otherMove, phaseContended, phaseInUse, phaseSkipped } from './reshard-errors.js';
import { countProcesses, readStamps, replaceStamp, type FoundStamp, type FoundStamps } from './stamped-shards.js';

/** How often a phase is tried again when another process has changed a stamp meanwhile. */
const ATTEMPTS = 5;
/** Processes read either owner. */
const BOTH_OWNERS: PositionRange = { least: 1, most: 2 };

export interface PhaseEntryOptions {
  /** All shards of the move. */
  readonly shards: readonly Shard[];
  /** The move in the direction of this call. */
  readonly move: Move;
  readonly target: OwnPlacement;
  /** The id of this process. */
  readonly self: string;
  /** Where the keys belong before and after the move, by the digests of the shards. */
  readonly ownersOf: (topology: string) => KeyLocator;
  readonly keyPrefix: string;
  /** After this time no process is in a phase that may no longer run. */
  readonly graceMs: number;
  readonly timers: Timers;
  /** Ends the grace period, with the reason of the signal. */
  readonly signal: AbortSignal;
}

/** Makes the stamps of all shards permit a phase, so that at most two neighbouring phases run. */
export class PhaseEntry {
  constructor(private readonly options: PhaseEntryOptions) {}

  /**
   * Resolves when the phase may run. A phase at the end of the range that runs is ended first, on all shards: no process
   * may be in it, and none is after the grace period.
   * @throws RedisInfraError OPTION_INVALID if another phase has to come first, or if processes are in the phase to end
   */
  async enter(): Promise<void> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      if (await this.attempt()) return;
    }
    throw phaseContended();
  }

  private async attempt(): Promise<boolean> {
    const { shards, move: wanted, target } = this.options;
    const found = await readStamps(shards, wanted);
    const position = positionIn(found.move, target);
    if (position === undefined) throw otherMove(shards[0]?.id ?? '');
    const ranges = found.stamps.flatMap(({ range }) => (range === undefined ? [] : [range]));
    if (ranges.length === 0) return this.begin(found, position);
    if (ranges.every((range) => contains(range, position))) return this.complete(found, ranges);
    return this.advance(found, ranges, position);
  }

  /** No shard has a stamp. */
  private async begin(found: FoundStamps, position: Position): Promise<boolean> {
    if (position !== 1) throw phaseSkipped(this.asCalled(found.move, position), this.asCalled(found.move, 1));
    return this.write(found.move, found.stamps, { least: 0, most: 1 });
  }

  /** The phase may run on all shards that have a stamp. New shards, and those that have lost it, get one. */
  private async complete({ move, stamps }: FoundStamps, ranges: readonly PositionRange[]): Promise<boolean> {
    const common = ranges.reduce((a, b) => ({ least: higher(a.least, b.least), most: lower(a.most, b.most) }));
    const missing = stamps.filter(({ range }) => range === undefined);
    return this.write(move, missing, common);
  }

  private async advance(found: FoundStamps, ranges: readonly PositionRange[], position: Position): Promise<boolean> {
    const isDown = !ranges.some(({ most }) => most < position);
    const stays = asPosition(isDown ? position + 1 : position - 1);
    this.requireNeighbour(found, position, stays);
    const goal = { least: lower(stays, position), most: higher(stays, position) };
    // No phase ends if keys do not move yet, or if an interrupted call has begun to write this range.
    const isBegun = found.stamps.every(({ stamp, range }) => stamp?.next === undefined || isSame(range, goal));
    if (isBegun) return this.write(found.move, found.stamps, goal);
    await this.requireNone(found.move, position, (other) => !contains(goal, other));
    const by = randomUUID();
    if (!(await this.narrow(found, stays, by))) return false;
    await this.grace();
    return this.widen(goal, by);
  }

  /** All stamps permit only the phase that stays. */
  private async narrow(found: FoundStamps, stays: Position, by: string): Promise<boolean> {
    const { move } = found;
    const written = await Promise.all(
      found.stamps.map((each) =>
        replaceStamp(each, { ...move, least: stays, phase: stays, isClean: each.stamp?.isClean === true, by }),
      ),
    );
    return written.every(Boolean);
  }

  private async widen(goal: PositionRange, by: string): Promise<boolean> {
    const { shards, move } = this.options;
    // All stamps at once: two processes that go in opposite directions cannot both find their own everywhere.
    let narrowed = await readStamps(shards, move);
    if (!isBy(narrowed, by)) return false;
    if (isSame(goal, BOTH_OWNERS) && narrowed.stamps.some(({ stamp }) => stamp?.isClean !== true)) {
      await this.removeLeftovers(narrowed);
      narrowed = await readStamps(shards, move);
      if (!isBy(narrowed, by)) return false;
    }
    return this.write(narrowed.move, narrowed.stamps, goal);
  }

  /** Removes what the owner that no process has read until now still has of the moved keys. */
  private async removeLeftovers({ move, stamps }: FoundStamps): Promise<void> {
    const { ownersOf, keyPrefix } = this.options;
    const isBefore = stamps.some(({ range }) => range?.most === 1);
    const owners = ownersOf(isBefore ? move.topology : move.next);
    await Promise.all(stamps.map(({ shard }) => removeLeftovers(shard, owners, keyPrefix)));
  }

  private async write(move: Move, stamps: readonly FoundStamp[], { least, most }: PositionRange): Promise<boolean> {
    const by = randomUUID();
    const written = await Promise.all(
      stamps.map((each) => replaceStamp(each, { ...move, least, phase: most, isClean: false, by })),
    );
    return written.every(Boolean);
  }

  private requireNeighbour(found: FoundStamps, position: Position, stays: Position): void {
    for (const { range } of found.stamps) {
      if (range === undefined || contains(range, stays)) continue;
      const first = range.most < stays ? range.most + 1 : range.least - 1;
      throw phaseSkipped(this.asCalled(found.move, position), this.asCalled(found.move, asPosition(first)));
    }
  }

  private async requireNone(move: Move, position: Position, isAt: (position: Position) => boolean): Promise<void> {
    const { shards, self } = this.options;
    const others = await countProcesses(shards, move, { self, isAt });
    if (others === 0) return;
    const ended = position >= 2 ? position - 2 : position + 2;
    throw phaseInUse(this.asCalled(move, position), others, this.asCalled(move, asPosition(ended)));
  }

  /** A phase as the caller counts it: from the shards that it moves the keys away from. */
  private asCalled(move: Move, position: Position): Position {
    return move.topology === this.options.move.topology ? position : asPosition(3 - position);
  }

  private grace(): Promise<void> {
    const { timers, graceMs, signal } = this.options;
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const abort = (): void => {
        cancel();
        reject(signal.reason);
      };
      const cancel = timers.after(graceMs, () => {
        signal.removeEventListener('abort', abort);
        resolve();
      });
      signal.addEventListener('abort', abort, { once: true });
    });
  }
}

function asPosition(value: number): Position {
  return value <= 0 ? 0 : value === 1 ? 1 : value === 2 ? 2 : 3;
}

function lower(a: Position, b: Position): Position {
  return a < b ? a : b;
}

function higher(a: Position, b: Position): Position {
  return a < b ? b : a;
}

function isSame(a: PositionRange | undefined, b: PositionRange): boolean {
  return a?.least === b.least && a.most === b.most;
}

function isBy({ stamps }: FoundStamps, by: string): boolean {
  return stamps.every(({ stamp }) => stamp?.by === by);
}
