import ConsistentHash from 'consistent-hash';

export const label = 'consistent-hash';

/** By default its points are random, so the ring is changed in place: a second ring with the same ids differs. */
export function open(ids) {
  const ring = new ConsistentHash();
  for (const id of ids) ring.add(id);
  return { shardOf: (key) => ring.get(key), add: (id) => ring.add(id), remove: (id) => ring.remove(id) };
}
