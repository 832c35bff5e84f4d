import assert from 'node:assert/strict';
import { POOL_COMPRESSES_FROM_BYTES } from '../../domain/compression/compressor.js';
import { POOL_INFLATES_FROM_BYTES } from '../../domain/compression/decompressors.js';
import { noise, rawLengthOffset, records, type CompressorContract } from './compressor-contract.harness.js';

const COMPRESSIBLE: Readonly<Record<string, Buffer>> = {
  'a text': Buffer.from('Zürich, Genève, Basel, Zürich, Genève, Basel: ünïcödé and 😀 '.repeat(20)),
  zeros: Buffer.alloc(5000),
  'records of 10 KB': records(10_000),
  'one byte less than the thread pool threshold': records(40_000).subarray(0, POOL_COMPRESSES_FROM_BYTES - 1),
  'exactly the thread pool threshold': records(40_000).subarray(0, POOL_COMPRESSES_FROM_BYTES),
  'records of 1 MB': records(1_000_000),
};
const INCOMPRESSIBLE: Readonly<Record<string, Buffer>> = {
  'an empty value': Buffer.alloc(0),
  'one byte': Buffer.from('x'),
  '10 KB of noise': noise(10_000),
  '100 KB of noise': noise(100_000),
};

export function roundTripContract({ test, compressor, decompressors, bodyOf, read }: CompressorContract): void {
  for (const [what, raw] of Object.entries(COMPRESSIBLE)) {
    test(`compresses ${what} and restores it`, async () => {
      const body = await bodyOf(raw);
      assert(body.length < raw.length);
      assert.equal(body.readUInt32BE(rawLengthOffset(compressor.byte)), raw.length);
      assert(raw.equals(await read(body)));
    });
  }

  for (const [what, raw] of Object.entries(INCOMPRESSIBLE)) {
    test(`leaves ${what} uncompressed`, async () => {
      assert.equal(await compressor.compress(raw), undefined);
    });
  }

  test('compresses small values synchronously and large values on the thread pool', async () => {
    const large = records(POOL_COMPRESSES_FROM_BYTES).subarray(0, POOL_COMPRESSES_FROM_BYTES);
    const result = compressor.compress(large);
    assert(result instanceof Promise);
    await result;
    assert(Buffer.isBuffer(compressor.compress(large.subarray(1))));
  });

  test('inflates small values synchronously and large values on the thread pool', async () => {
    const large = records(POOL_INFLATES_FROM_BYTES).subarray(0, POOL_INFLATES_FROM_BYTES);
    const result = decompressors.decompress(compressor.byte, await bodyOf(large));
    assert(result instanceof Promise);
    assert(large.equals(await result));
    const small = large.subarray(1);
    const inflated = decompressors.decompress(compressor.byte, await bodyOf(small));
    assert(Buffer.isBuffer(inflated) && small.equals(inflated));
  });

  test('is deterministic: equal bytes give equal bodies', async () => {
    for (const raw of [records(5000), records(POOL_COMPRESSES_FROM_BYTES)]) {
      assert((await bodyOf(raw)).equals(await bodyOf(raw)));
    }
  });
}
