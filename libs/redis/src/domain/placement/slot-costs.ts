import { createHash } from 'node:crypto';
import { SLOT_COUNT } from './slots.js';

/** Costs are integers, so that sums of them are exact and the last bit of `Math.log` does not matter. */
const SCALE = 2 ** 20;
/** Less than the difference between the costs of neighbouring ranks. */
const TIE_BREAKER_BITS = 0x7f;

/**
 * The cost of each rank, lowest first: the logarithm of an exponential variate, of which rank and rank count are the
 * quantile.
 */
const COST_OF_RANK = Int32Array.from({ length: SLOT_COUNT }, (_, rank) =>
  scaled(Math.log(-Math.log(1 - (rank + 0.5) / SLOT_COUNT))),
);

/**
 * The cost of each slot at a shard. The shard with the lowest cost is the first choice of a slot. Without a cap this is
 * weighted rendezvous hashing: of exponential variates divided by the weights, the lowest wins, and its share is
 * proportional to its weight. The variates of a shard are stratified: it has each quantile once, in the order of hashes
 * of id and slot. The loads then vary less than with independent variates.
 * @see docs/decisions/0045-placement-of-keys-on-shards.md
 */
export function slotCosts(id: string, weight: number): Int32Array {
  const hashOf = slotHash(id);
  // Hash and slot in one number, because numbers sort faster than objects.
  const sorted = Float64Array.from({ length: SLOT_COUNT }, (_, slot) => hashOf(slot) * SLOT_COUNT + slot).sort();
  const discount = scaled(Math.log(weight));
  const costs = new Int32Array(SLOT_COUNT);
  for (const [rank, cost] of COST_OF_RANK.entries()) {
    const slot = (sorted[rank] ?? 0) % SLOT_COUNT;
    costs[slot] = cost + (hashOf(slot) & TIE_BREAKER_BITS) - discount;
  }
  return costs;
}

/** Returns a hash function of slots, to 32 bits. The finalizer is that of MurmurHash3, with the id mixed in. */
function slotHash(id: string): (slot: number) => number {
  // UTF-16, because UTF-8 encodes every unpaired surrogate as the same bytes.
  const digest = createHash('sha256').update(Buffer.from(id, 'utf16le')).digest();
  const first = digest.readUInt32LE(0);
  const second = digest.readUInt32LE(4);
  return (slot) => {
    let hash = Math.imul(slot ^ first, 0x9e3779b1);
    hash = Math.imul(hash ^ (hash >>> 15) ^ second, 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    return (hash ^ (hash >>> 16)) >>> 0;
  };
}

function scaled(value: number): number {
  return Math.round(value * SCALE);
}
