import { seededRandom } from '../harness/random.mjs';

/** The ids of a topology. */
export const shardIds = (count) => Array.from({ length: count }, (_, at) => `eu-${at}`);

/** Keys with random numbers, the same in every run. */
export function randomKeys(count) {
  const random = seededRandom(45);
  return Array.from({ length: count }, () => `user:${Math.floor(random() * 2 ** 48).toString(36)}`);
}
