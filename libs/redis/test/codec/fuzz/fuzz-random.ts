import { seededRandom } from '../../../src/testing/compressor-contract/seeded-random.js';

/** Choices that are the same for the same seed and case, so that any one case can be made again alone. */
export class FuzzRandom {
  private readonly next: () => number;

  constructor(seed: number, index: number) {
    this.next = seededRandom(Math.imul(seed, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b));
  }

  /** A whole number from 0 to below the limit. */
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  /** True once in so many times. */
  onceIn(times: number): boolean {
    return this.below(times) === 0;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }

  /** Small mostly, now and then close to the limit. */
  length(limit: number): number {
    return this.below(this.onceIn(8) ? limit : Math.min(limit, 12)) + 1;
  }

  bytes(count: number): Buffer {
    return Buffer.from(Array.from({ length: count }, () => this.below(256)));
  }
}
