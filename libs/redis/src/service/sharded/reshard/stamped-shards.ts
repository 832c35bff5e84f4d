import type { Shard } from '../shards/shard.js';
import { positionIn, type Move, type Position, type PositionRange } from '../stamps/own-placement.js';
import { parseProcess } from '../stamps/process-presence.js';
import { formatStamp, moveOf, parseStamp, rangeIn, type Stamp } from '../stamps/stamp.js';
import { otherShard } from '../stamps/stamp-errors.js';
import { otherMove } from './reshard-errors.js';

/** The stamp of a shard when it was read. */
export interface FoundStamp {
  readonly shard: Shard;
  /** Empty if there is none. */
  readonly text: string;
  /**
   * The positions that it permits. Undefined if the shard is new, or has lost its data: it has no stamp, or while keys move
   * that of a process that does not know of the move.
   */
  readonly range: PositionRange | undefined;
  readonly stamp: Stamp | undefined;
}

/** The stamps of all shards of a move. */
export interface FoundStamps {
  /** The move in the direction in which it began. */
  readonly move: Move;
  readonly stamps: readonly FoundStamp[];
}

/**
 * Reads the stamps of all shards of a move.
 * @throws RedisInfraError OPTION_INVALID if a stamp belongs to another move; the error of a shard that is unavailable
 */
export async function readStamps(shards: readonly Shard[], wanted: Move): Promise<FoundStamps> {
  const read = await Promise.all(
    shards.map(async (shard) => {
      const text = (await shard.stamps.read()) ?? '';
      const stamp = text === '' ? undefined : parseStamp(text);
      if (text !== '' && stamp?.id !== shard.id) throw otherShard(shard.id, stamp?.id);
      return { shard, text, stamp };
    }),
  );
  const move = directionOf(read, wanted);
  const isMoving = read.some(({ stamp }) => stamp?.next !== undefined);
  const stamps = read.map((found): FoundStamp => {
    const range = found.stamp === undefined ? undefined : rangeIn(move, found.stamp);
    if (found.stamp !== undefined && range === undefined) throw otherMove(found.shard.id);
    return { ...found, range: isMoving && found.stamp?.next === undefined ? undefined : range };
  });
  return { move, stamps };
}

/** A move that was taken back halfway began in the other direction. */
function directionOf(read: readonly { readonly stamp: Stamp | undefined }[], wanted: Move): Move {
  const moves = read.map(({ stamp }) => (stamp === undefined ? undefined : moveOf(stamp)));
  const begun = moves.find((move) => move !== undefined) ?? wanted;
  const isReverse = begun.topology === wanted.next && begun.next === wanted.topology;
  return isReverse ? begun : wanted;
}

/** Writes a stamp in the place of the one that was found. False if another process has written one meanwhile. */
export async function replaceStamp(
  { shard, text }: Pick<FoundStamp, 'shard' | 'text'>,
  stamp: Omit<Stamp, 'id'>,
): Promise<boolean> {
  const reply = await shard.stamps.write(formatStamp({ ...stamp, id: shard.id }), text);
  return reply.kind !== 'other';
}

/** The number of other processes at positions for which `isAt` is true. A process on several shards counts once. */
export async function countProcesses(
  shards: readonly Shard[],
  move: Move,
  options: { readonly self: string; readonly isAt: (position: Position) => boolean },
): Promise<number> {
  const registered = await Promise.all(shards.map(({ stamps }) => stamps.register('', [])));
  const ids = new Set<string>();
  for (const process of registered.flat().map(parseProcess)) {
    if (process === undefined || process.id === options.self) continue;
    const position = positionIn(move, process.own);
    if (position !== undefined && options.isAt(position)) ids.add(process.id);
  }
  return ids.size;
}
