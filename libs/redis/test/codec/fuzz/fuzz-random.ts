import { seededRandom } from '../../../src/testing/compressor-contract/seeded-random.js';

/** Random choices that depend only on seed and index, so that a single case can be repeated. */
export class FuzzRandom {
  private readonly next: () => number;

  constructor(seed: number, index: number) {
    this.next = seededRandom(Math.imul(seed, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b));
  }

  /** An integer from 0 to below the limit. */
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  /** True with a probability of 1 / `times`. */
  onceIn(times: number): boolean {
    return this.below(times) === 0;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }

  /** Usually small, sometimes up to the limit. */
  length(limit: number): number {
    return this.below(this.onceIn(8) ? limit : Math.min(limit, 12)) + 1;
  }

  bytes(count: number): Buffer {
    return Buffer.from(Array.from({ length: count }, () => this.below(256)));
  }
}
