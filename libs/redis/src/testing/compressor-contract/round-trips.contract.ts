import assert from 'node:assert/strict';
import { POOL_COMPRESSES_FROM_BYTES } from '../../domain/compression/compressor.js';
import { POOL_INFLATES_FROM_BYTES } from '../../domain/compression/decompressors.js';
import { noise, rawLengthOffset, records, type CompressorContract } from './compressor-contract.harness.js';

const WORTH_IT: Readonly<Record<string, Buffer>> = {
  'a text': Buffer.from('Zürich, Genève, Basel, Zürich, Genève, Basel: ünïcödé and 😀 '.repeat(20)),
  zeros: Buffer.alloc(5000),
  'records of 10 KB': records(10_000),
  'a byte less than the pool takes': records(40_000).subarray(0, POOL_COMPRESSES_FROM_BYTES - 1),
  'as much as the pool takes': records(40_000).subarray(0, POOL_COMPRESSES_FROM_BYTES),
  'records of 1 MB': records(1_000_000),
};
const NOT_WORTH_IT: Readonly<Record<string, Buffer>> = {
  nothing: Buffer.alloc(0),
  'one byte': Buffer.from('x'),
  noise: noise(10_000),
  'much noise': noise(100_000),
};

export function roundTripContract({ test, compressor, decompressors, bodyOf, read }: CompressorContract): void {
  for (const [what, raw] of Object.entries(WORTH_IT)) {
    test(`makes ${what} smaller, and reads it back`, async () => {
      const body = await bodyOf(raw);
      assert(body.length < raw.length);
      assert.equal(body.readUInt32BE(rawLengthOffset(compressor.byte)), raw.length);
      assert(raw.equals(await read(body)));
    });
  }

  for (const [what, raw] of Object.entries(NOT_WORTH_IT)) {
    test(`leaves ${what} as it is`, async () => {
      assert.equal(await compressor.compress(raw), undefined);
    });
  }

  test('compresses at once what is small, and on the thread pool what is large', async () => {
    const large = records(POOL_COMPRESSES_FROM_BYTES).subarray(0, POOL_COMPRESSES_FROM_BYTES);
    const answer = compressor.compress(large);
    assert(answer instanceof Promise);
    await answer;
    assert(Buffer.isBuffer(compressor.compress(large.subarray(1))));
  });

  test('inflates at once what is small, and on the thread pool what is large', async () => {
    const large = records(POOL_INFLATES_FROM_BYTES).subarray(0, POOL_INFLATES_FROM_BYTES);
    const answer = decompressors.decompress(compressor.byte, await bodyOf(large));
    assert(answer instanceof Promise);
    assert(large.equals(await answer));
    const small = large.subarray(1);
    const atOnce = decompressors.decompress(compressor.byte, await bodyOf(small));
    assert(Buffer.isBuffer(atOnce) && small.equals(atOnce));
  });

  test('makes the same body of the same bytes every time', async () => {
    for (const raw of [records(5000), records(POOL_COMPRESSES_FROM_BYTES)]) {
      assert((await bodyOf(raw)).equals(await bodyOf(raw)));
    }
  });
}
