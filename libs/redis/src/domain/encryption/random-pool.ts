import { randomFillSync } from 'node:crypto';

/** Bytes drawn at a time. */
export const POOL_BYTES = 6144;

/**
 * Random bytes in small portions at the cost of large draws. It is safe for nonces, which have to be unique, not secret:
 * every byte comes from the system's generator and is given out once, then wiped; nobody is given a view of the pool, so
 * nobody can change or keep what is still to come; and a draw that fails throws before anything old could be given again.
 * A pool is memory of one thread: whoever restores a snapshot of a running process more than once repeats its portions,
 * as with every generator inside a process (`crypto.randomUUID` keeps such a pool too).
 */
export class RandomPool {
  private readonly pool = Buffer.alloc(POOL_BYTES);
  private position = POOL_BYTES;

  /** @param draw fills the whole buffer with random bytes, or throws. */
  constructor(private readonly draw: (pool: Buffer) => unknown = randomFillSync) {}

  /** Copies the next `count` bytes (1 to POOL_BYTES) into `to` at `offset`. */
  copyTo(to: Buffer, offset: number, count: number): void {
    if (this.position + count > POOL_BYTES) {
      this.draw(this.pool);
      this.position = 0;
    }
    const { pool } = this;
    for (let i = 0, at = this.position; i < count; i++, at++) {
      to[offset + i] = pool[at]!;
      pool[at] = 0;
    }
    this.position += count;
  }
}
