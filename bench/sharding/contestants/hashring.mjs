import HashRing from 'hashring';

export const label = 'hashring';

export function open(ids) {
  const ring = new HashRing(ids);
  return { shardOf: (key) => ring.get(key), add: (id) => ring.add(id), remove: (id) => ring.remove(id) };
}
