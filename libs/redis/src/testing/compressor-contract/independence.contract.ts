import assert from 'node:assert/strict';
import { assertOwn, records, type CompressorContract } from './compressor-contract.harness.js';

/** Sizes that are handled synchronously, on the thread pool, and in between. */
const SIZES = [300, 3000, 20_000, 100_000, 600_000];

export function independenceContract({ test, bodyOf, read }: CompressorContract): void {
  for (const size of SIZES) {
    test(`shares no memory between ${size} bytes, their body and the value read from it`, async () => {
      const raw = records(size);
      const expected = Buffer.from(raw);
      const body = await bodyOf(raw);
      assertOwn(body, raw);
      raw.fill(0);
      const result = await read(body);
      assertOwn(result, body);
      body.fill(0);
      assert(expected.equals(result));
    });
  }

  test('restores fifty small and large values concurrently', async () => {
    const values = Array.from({ length: 50 }, (_, i) => records(1000 + i * 4000));
    const bodies = await Promise.all(values.map((value) => bodyOf(value)));
    const results = await Promise.all([...bodies].reverse().map((body) => read(body)));
    assert(results.reverse().every((result, i) => values[i]?.equals(result)));
  });
}
