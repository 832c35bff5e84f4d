import { isRecord } from '../../../common/records.js';
import {
  contains,
  positionIn,
  type Move,
  type OwnPlacement,
  type Position,
  type PositionRange,
} from './own-placement.js';

/** What a shard carries: which shard it is, and by which shards and weights its keys are placed. */
export interface Stamp {
  /** The id of the shard. */
  readonly id: string;
  /** The digest of the ids and weights. While keys move, of those before. */
  readonly topology: string;
  /** While keys move: the digest of the ids and weights afterwards. */
  readonly next?: string | undefined;
  /** While keys move: the highest phase that may run; 0 is a process with the shards before only. */
  readonly phase?: Position | undefined;
  /** While keys move: the lowest phase that may run. */
  readonly least?: Position | undefined;
  /** While keys move: the owner that no phase in the range reads has no moved keys. */
  readonly isClean?: boolean | undefined;
  /** While keys move: the call that has written the stamp. */
  readonly by?: string | undefined;
}

/**
 * Whether a process may use a shard with this stamp. `other-phase`: keys move between the shards of the process and
 * others, and the process is not in one of the phases that may run.
 */
export type StampVerdict = 'accepted' | 'other-shard' | 'other-topology' | 'other-phase';

export function formatStamp({ id, topology, next, phase, least, isClean, by }: Stamp): string {
  return JSON.stringify({ id, topology, next, phase, least, clean: isClean, by });
}

/** Undefined if the text is not a stamp. */
export function parseStamp(text: string): Stamp | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    if (!isRecord(parsed)) return undefined;
    const { id, topology, next, phase, least, clean, by } = parsed;
    if (typeof id !== 'string' || typeof topology !== 'string') return undefined;
    if (typeof next !== 'string') return { id, topology };
    return {
      id,
      topology,
      next,
      phase: positionOf(phase),
      least: positionOf(least),
      isClean: clean === true,
      by: typeof by === 'string' ? by : undefined,
    };
  } catch {
    return undefined;
  }
}

/** The move that a stamp records. Undefined if no keys move. */
export function moveOf({ topology, next }: Stamp): Move | undefined {
  return next === undefined ? undefined : { topology, next };
}

/** The positions that a stamp permits in a move. Undefined if the stamp belongs to another one. */
export function rangeIn(move: Move, stamp: Stamp): PositionRange | undefined {
  const { topology, next, least, phase } = stamp;
  if (next === undefined) {
    const position = positionIn(move, { topology });
    return position === undefined ? undefined : { least: position, most: position };
  }
  if (topology !== move.topology || next !== move.next) return undefined;
  return { least: least ?? 0, most: phase ?? 0 };
}

/** Judges the stamp of the shard with this id. */
export function judgeStamp(found: Stamp | undefined, id: string, own: OwnPlacement): StampVerdict {
  if (found?.id !== id) return 'other-shard';
  const move = moveOf(found) ?? ownMove(own);
  if (move === undefined) return found.topology === own.topology ? 'accepted' : 'other-topology';
  const range = rangeIn(move, found);
  const position = positionIn(move, own);
  if (range === undefined || position === undefined) return 'other-topology';
  return contains(range, position) ? 'accepted' : 'other-phase';
}

function ownMove({ topology, next }: OwnPlacement): Move | undefined {
  return next === undefined ? undefined : { topology, next };
}

function positionOf(value: unknown): Position {
  return value === 1 || value === 2 || value === 3 ? value : 0;
}
