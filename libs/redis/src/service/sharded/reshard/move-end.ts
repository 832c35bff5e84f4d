import type { KeyLocator } from '../../../domain/placement/placed-shard.js';
import { isShardFailure } from '../fan-out/failures.js';
import type { Shard } from '../shards/shard.js';
import { positionIn, type Move, type Position } from '../stamps/own-placement.js';
import { judgeStamp, moveOf, parseStamp } from '../stamps/stamp.js';
import { removeLeftovers } from './leftovers.js';
import { countProcesses, readStamps, replaceStamp, type FoundStamp, type FoundStamps } from './stamped-shards.js';

export interface MoveEnd {
  /** All shards of the move. */
  readonly shards: readonly Shard[];
  /** The move in the direction of the call. */
  readonly move: Move;
  /** The id of this process. */
  readonly self: string;
  readonly keyPrefix: string;
  /** A shard that is not used any more could not be emptied. */
  readonly onLeftovers: (shard: string) => void;
}

/**
 * Removes what shards have that others own, and records it in the stamps, so that the next phase does not have to.
 * Processes write the moved keys on their owners only, so nothing is added meanwhile.
 */
export async function markClean(end: MoveEnd, owners: KeyLocator): Promise<void> {
  const { shards, move, keyPrefix } = end;
  const found = await readStamps(shards, move);
  if (!isOneSided(found) || found.stamps.every(({ stamp }) => stamp?.isClean === true)) return;
  await Promise.all(shards.map((shard) => removeLeftovers(shard, owners, keyPrefix)));
  await replaceAll(found);
}

/**
 * Removes what moved away, and if no process is in the phase before, ends the move: the stamps are those of the shards in
 * use, and the others get none.
 */
export async function endMove(end: MoveEnd & { readonly used: readonly Shard[] }, owners: KeyLocator): Promise<void> {
  const { shards, used, move, self, keyPrefix } = end;
  const found = await readStamps(shards, move);
  const left = shards.filter((shard) => !used.includes(shard));
  await Promise.all(used.map((shard) => removeLeftovers(shard, owners, keyPrefix)));
  const areEmpty = await Promise.all(left.map((shard) => empty(shard, owners, end)));
  const last: Position = found.move.topology === move.topology ? 3 : 0;
  if ((await countProcesses(shards, found.move, { self, isAt: (position) => position !== last })) > 0) {
    if (areEmpty.every(Boolean)) await replaceAll(found);
    return;
  }
  // First the shards that stay: a shard without a stamp gets that of another one.
  for (const each of found.stamps.filter(({ shard }) => used.includes(shard)))
    await replaceStamp(each, { topology: move.next });
  for (const [at, shard] of left.entries()) {
    if (areEmpty[at] !== true) continue;
    // Also the versions of the cache engine. A prefix, or the consent to do without, was required.
    await shard.direct.clear({ wholeDatabase: true });
    await shard.stamps.remove();
  }
}

/**
 * Ends an earlier move to the shards of this process that no process has ended: another one was still in the phase before
 * when the last one entered phase 3. Does nothing while a process is in a phase of that move, or if it is `wanted`.
 */
export async function endEarlierMove(shards: readonly Shard[], wanted: Move, self: string): Promise<void> {
  const own = { topology: wanted.topology };
  const found = await Promise.all(
    shards.map(async (shard) => {
      const text = (await shard.stamps.read()) ?? '';
      return { shard, text, stamp: parseStamp(text) };
    }),
  );
  const moving = found.filter(({ stamp }) => stamp?.next !== undefined);
  const move = moving[0]?.stamp && moveOf(moving[0].stamp);
  const position = move && positionIn(move, own);
  if (move === undefined || position === undefined || isSameMove(move, wanted)) return;
  const isLast = moving.every(({ shard, stamp }) => judgeStamp(stamp, shard.id, own) === 'accepted');
  if (!isLast || (await countProcesses(shards, move, { self, isAt: (other) => other !== position })) > 0) return;
  await Promise.all(moving.map((each) => replaceStamp(each, own)));
}

/** Whether both move keys between the same shards. */
function isSameMove(move: Move, { topology, next }: Move): boolean {
  return topology !== next && [move.topology, move.next].includes(next);
}

async function empty(shard: Shard, owners: KeyLocator, { keyPrefix, onLeftovers }: MoveEnd): Promise<boolean> {
  try {
    await removeLeftovers(shard, owners, keyPrefix);
    return true;
  } catch (error) {
    if (!isShardFailure(error)) throw error;
    onLeftovers(shard.id);
    return false;
  }
}

/** Fails silently for a stamp that has changed meanwhile: then the next phase removes the leftovers. */
async function replaceAll({ move, stamps }: FoundStamps): Promise<void> {
  await Promise.all(
    stamps.map(async (each: FoundStamp) => {
      const { stamp } = each;
      if (stamp?.next === undefined) return;
      await replaceStamp(each, { ...stamp, ...move, isClean: true });
    }),
  );
}

/** One of the two owners is not read by any phase that may run. */
function isOneSided({ stamps }: FoundStamps): boolean {
  return stamps.every(({ range }) => range !== undefined && (range.most <= 1 || range.least >= 2));
}
