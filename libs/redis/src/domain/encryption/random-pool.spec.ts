import { describe, expect, it } from 'vitest';
import { POOL_BYTES, RandomPool } from './random-pool.js';

const PORTION = 12;

function take(pool: RandomPool): Buffer {
  const portion = Buffer.alloc(PORTION);
  pool.copyTo(portion, 0, PORTION);
  return portion;
}

describe('a pool of random bytes', () => {
  it('never returns a portion twice, over many draws', () => {
    const pool = new RandomPool();
    const count = 5 * Math.ceil(POOL_BYTES / PORTION);
    const portions = new Set(Array.from({ length: count }, () => take(pool).toString('hex')));
    expect(portions.size).toBe(count);
  });

  it('returns every byte of a draw at most once and in order, and draws again before it is exhausted', () => {
    let draws = 0;
    const pool = new RandomPool((bytes) => {
      draws++;
      for (let i = 0; i < bytes.length / 4; i++) bytes.writeUInt32BE(draws * 1_000_000 + i, i * 4);
    });
    const portionsPerDraw = Math.floor(POOL_BYTES / PORTION);
    for (let i = 0; i < portionsPerDraw; i++) expect(take(pool).readUInt32BE(0)).toBe(1_000_000 + i * 3);
    expect(draws).toBe(1);
    expect(take(pool).readUInt32BE(0)).toBe(2_000_000);
  });

  it('wipes the bytes that it returned', () => {
    let inside: Buffer = Buffer.alloc(0);
    const pool = new RandomPool((bytes) => {
      inside = bytes.fill(0xff);
    });
    take(pool);
    take(pool);
    expect(inside.subarray(0, 2 * PORTION)).toEqual(Buffer.alloc(2 * PORTION));
    expect(inside[2 * PORTION]).toBe(0xff);
  });

  it('throws if a draw fails, and returns no old bytes afterwards', () => {
    let broken = false;
    const pool = new RandomPool((bytes) => {
      if (broken) throw new Error('no entropy');
      bytes.fill(1);
    });
    for (let i = 0; i < Math.floor(POOL_BYTES / PORTION); i++) take(pool);
    broken = true;
    expect(() => take(pool)).toThrow('no entropy');
    expect(() => take(pool)).toThrow('no entropy');
    broken = false;
    expect(take(pool)).toEqual(Buffer.alloc(PORTION, 1));
  });

  it('writes only to the requested range', () => {
    const to = Buffer.alloc(20);
    new RandomPool((bytes) => bytes.fill(0xaa)).copyTo(to, 4, PORTION);
    expect(to).toEqual(Buffer.concat([Buffer.alloc(4), Buffer.alloc(PORTION, 0xaa), Buffer.alloc(4)]));
  });
});
