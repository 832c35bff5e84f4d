import { isRecord } from '../../../common/records.js';

/** What a shard carries: which shard it is, and by which shards and weights its keys were placed. */
export interface Stamp {
  /** The id of the shard. */
  readonly id: string;
  /** The digest of the ids and weights. While keys move, of those before. */
  readonly topology: string;
  /** While keys move: the digest of the ids and weights afterwards. */
  readonly next?: string | undefined;
  /** While keys move: the phase. */
  readonly phase?: number | undefined;
}

/** Whether a process may use a shard with this stamp. */
export type StampVerdict = 'accepted' | 'other-shard' | 'other-topology';

export function formatStamp({ id, topology, next, phase }: Stamp): string {
  return JSON.stringify({ id, topology, next, phase });
}

/** Undefined if the text is not a stamp. */
export function parseStamp(text: string): Stamp | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    if (!isRecord(parsed)) return undefined;
    const { id, topology, next, phase } = parsed;
    if (typeof id !== 'string' || typeof topology !== 'string') return undefined;
    return {
      id,
      topology,
      next: typeof next === 'string' ? next : undefined,
      phase: typeof phase === 'number' ? phase : undefined,
    };
  } catch {
    return undefined;
  }
}

/**
 * Judges the stamp of a shard. While keys move, a process that knows only the shards of before may run beside phase 1,
 * and one that knows only the shards of afterwards beside phase 2 and 3.
 */
export function judgeStamp(found: Stamp | undefined, { id, topology }: Stamp): StampVerdict {
  if (found?.id !== id) return 'other-shard';
  const { next, phase = 0 } = found;
  const isOwn = next === undefined ? found.topology === topology : topology === (phase < 2 ? found.topology : next);
  return isOwn ? 'accepted' : 'other-topology';
}
