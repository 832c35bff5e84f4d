import assert from 'node:assert/strict';
import {
  failsWith,
  outcome,
  rawLengthOffset,
  records,
  type CompressorContract,
} from './compressor-contract.harness.js';
import { seededRandom } from './seeded-random.js';

/**
 * Damage that no checksum detects may yield different bytes, but never more or fewer than declared, and never an error
 * without a code.
 */
export function damageContract({ test, compressor, bodyOf, read }: CompressorContract): void {
  const lengthAt = rawLengthOffset(compressor.byte);

  const assertHarmless = async (body: Buffer): Promise<void> => {
    const result = await outcome(() => read(body));
    if (Buffer.isBuffer(result)) assert.equal(result.length, body.readUInt32BE(lengthAt));
  };

  test('refuses a truncated body, or returns as many bytes as declared', async () => {
    const body = await bodyOf(records(2500));
    for (let length = 0; length < body.length; length++) await assertHarmless(body.subarray(0, length));
  });

  test('refuses a body that ends within its header', async () => {
    const body = await bodyOf(records(2500));
    for (let length = 0; length < lengthAt + 4; length++) {
      await failsWith('CODEC_MALFORMED', () => read(body.subarray(0, length)));
    }
    await failsWith('CODEC_DECOMPRESS', () => read(body.subarray(0, lengthAt + 4)));
  });

  for (const size of [2500, 400_000]) {
    test(`refuses extra bytes behind a body of ${size} bytes`, async () => {
      const body = await bodyOf(records(size));
      for (const extra of [Buffer.alloc(1), Buffer.from('x'), body.subarray(lengthAt + 4), Buffer.alloc(300_000, 7)]) {
        await failsWith('CODEC_DECOMPRESS', () => read(Buffer.concat([body, extra])));
      }
    });

    test(`refuses ${size} bytes with a declared length that is wrong`, async () => {
      const raw = records(size);
      const body = await bodyOf(raw);
      for (const declared of [raw.length - 1, raw.length + 1, 0, 1]) {
        body.writeUInt32BE(declared, lengthAt);
        await failsWith('CODEC_DECOMPRESS', () => read(body));
      }
      body.writeUInt32BE(0xffffffff, lengthAt);
      await failsWith('CODEC_TOO_LARGE', () => read(body));
    });
  }

  for (const [size, flips] of [
    [2500, 3000],
    [400_000, 60],
  ] as const) {
    test(`refuses ${size} bytes with a flipped bit with a code, or returns as many bytes as declared`, async () => {
      const body = await bodyOf(records(size));
      const random = seededRandom(size);
      for (let i = 0; i < flips; i++) {
        const flipped = Buffer.from(body);
        const at = Math.floor(random() * body.length);
        flipped.writeUInt8(flipped.readUInt8(at) ^ (1 << Math.floor(random() * 8)), at);
        await assertHarmless(flipped);
      }
    });
  }
}
