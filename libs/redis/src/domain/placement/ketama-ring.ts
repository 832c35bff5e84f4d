import { createHash } from 'node:crypto';
import { optionInvalid } from '../../common/options.js';
import { checkShards, type KeyLocator, type PlacedShard } from './placed-shard.js';

/** The hashes of a shard on the ring if all weights are equal. */
const HASHES_PER_SHARD = 40;
/** Each MD5 hash is four points. */
const POINTS_PER_HASH = 4;
const POINT_BYTES = 4;
/** Positions are unsigned numbers of 32 bits. */
const RING_SIZE = 2 ** 32;

/** A shard on a ketama ring. Its id is the text that is hashed: for other clients of the ring, its address. */
export interface KetamaShard extends PlacedShard {
  /**
   * The number of hashes on the ring, four points each, in place of those by weight: a positive whole number. 40 means
   * by weight, as it does in hashring.
   * @default by weight; 40 if all weights are equal
   */
  readonly vnodes?: number;
}

interface Point {
  readonly position: number;
  readonly id: string;
}

/**
 * The hash ring of libketama, with the answers of the npm package hashring, for keys that another client has placed.
 * A shard owns the keys between the preceding point and its own. A shard whose share is too small for one hash owns
 * nothing. libketama and twemproxy omit the default port of memcached: the id of such a shard is the host alone.
 * @see https://github.com/RJ/ketama
 * @see https://github.com/3rd-Eden/node-hashring
 */
export class KetamaRing implements KeyLocator {
  private readonly positions: Uint32Array;
  private readonly ids: readonly string[];

  /** @throws RedisInfraError OPTION_INVALID */
  constructor(shards: readonly KetamaShard[]) {
    checkShards(shards);
    // The sort is stable: the first shard of the list owns a position that two have.
    const points = pointsOf(shards).sort((a, b) => a.position - b.position);
    if (points.length === 0) throw optionInvalid('shards', 'must have weights with a finite sum');
    this.positions = Uint32Array.from(points, ({ position }) => position);
    this.ids = points.map(({ id }) => id);
  }

  /** Returns the share of the ring that each shard owns, 0 to 1. A shard that owns nothing is absent. */
  shares(): ReadonlyMap<string, number> {
    const shares = new Map<string, number>();
    let before = (this.positions.at(-1) ?? 0) - RING_SIZE;
    this.ids.forEach((id, at) => {
      const position = this.positions[at] ?? 0;
      shares.set(id, (shares.get(id) ?? 0) + (position - before) / RING_SIZE);
      before = position;
    });
    return shares;
  }

  /** Returns the id of the shard that owns a key. */
  shardOf(key: string): string {
    const at = this.firstFrom(md5(key).readUInt32LE(0));
    return this.ids[at] ?? this.ids[0] ?? '';
  }

  /** Returns the index of the first point at or after a position; the number of points if there is none. */
  private firstFrom(position: number): number {
    let low = 0;
    let high = this.positions.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.positions[middle] ?? 0) < position) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function pointsOf(shards: readonly KetamaShard[]): Point[] {
  const sum = shards.reduce((total, { weight = 1 }) => total + weight, 0);
  return shards.flatMap(({ id, weight = 1, vnodes = HASHES_PER_SHARD }, at) => {
    if (!Number.isSafeInteger(vnodes) || vnodes < 1)
      throw optionInvalid(`shards[${at}].vnodes`, 'must be a positive whole number');
    // In the order of operations of hashring, because the result is rounded down.
    const byWeight = Math.floor((weight / sum) * HASHES_PER_SHARD * shards.length);
    return hashesOf(id, vnodes === HASHES_PER_SHARD ? byWeight : vnodes);
  });
}

function hashesOf(id: string, count: number): Point[] {
  return Array.from({ length: count }, (_, at) => md5(`${id}-${at}`)).flatMap((hash) =>
    Array.from({ length: POINTS_PER_HASH }, (_, part) => ({ position: hash.readUInt32LE(part * POINT_BYTES), id })),
  );
}

function md5(text: string): Buffer {
  return createHash('md5').update(text).digest();
}
