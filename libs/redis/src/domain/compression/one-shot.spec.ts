import { deflateRaw, deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { records } from '../../testing/compressor-contract/compressor-contract.harness.js';
import { algorithmNamed, ALGORITHM_NAMES } from './compression-algorithms.js';
import { roomFor, transformPooled, transformSync } from './one-shot.js';

const settings = { ...roomFor(10_000), maxOutputLength: 100_000, info: true } as const;

describe.each(ALGORITHM_NAMES.map(algorithmNamed).filter((one) => one !== undefined))('$name', (algorithm) => {
  it('returns the same synchronously and from the thread pool, in both directions', async () => {
    const raw = records(50_000);
    const writing = { ...algorithm.compressSettings(algorithm.levels.default, raw.length), ...settings };
    const { output } = transformSync(algorithm.compress, raw, writing);
    expect((await transformPooled(algorithm.compress, raw, writing)).output.equals(output)).toBe(true);
    for (const done of [
      transformSync(algorithm.decompress, output, settings),
      await transformPooled(algorithm.decompress, output, settings),
    ]) {
      expect(done.output.equals(raw)).toBe(true);
      expect(done.consumed).toBe(output.length);
    }
  });

  it('stops at maxOutputLength', async () => {
    const raw = records(50_000);
    const own = algorithm.compressSettings(algorithm.levels.default, raw.length);
    const few = { ...own, ...settings, maxOutputLength: 100 };
    expect(() => transformSync(algorithm.compress, raw, few)).toThrow(/larger than 100 bytes/);
    await expect(transformPooled(algorithm.compress, raw, few)).rejects.toThrow(/larger than 100 bytes/);
  });
});

describe('a transform', () => {
  it('rejects if its settings are invalid', async () => {
    const transform = { sync: deflateRawSync, pooled: deflateRaw };
    await expect(transformPooled(transform, Buffer.alloc(1), { ...settings, level: 99 })).rejects.toThrow(/level/);
  });
});
