import { randomFillSync } from 'node:crypto';

/** Bytes drawn at a time. */
export const POOL_BYTES = 6144;

/**
 * Draws random bytes in large blocks and returns them in small portions. It is safe for nonces, which must be unique
 * but not secret: every byte comes from the system's generator, is returned once and then wiped; callers get no view of
 * the pool, so they cannot change or keep bytes that are not returned yet; and if a draw fails, the call throws and
 * returns no old bytes. A pool belongs to one thread. If a snapshot of a running process is restored twice, both copies
 * return the same bytes, as with every generator inside a process (`crypto.randomUUID` has such a pool too).
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
