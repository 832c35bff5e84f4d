import { createHash, createSecretKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { HALF_NONCE_BYTES, TAG_BYTES, XaesKey, gcmOpen, gcmSeal } from './xaes-256-gcm.js';

function seal(key: Uint8Array, nonce: Uint8Array, plain: Uint8Array, associated: Uint8Array): Buffer {
  const sealed = Buffer.alloc(plain.length + TAG_BYTES);
  const subkey = new XaesKey(createSecretKey(key)).subkey(nonce.subarray(0, HALF_NONCE_BYTES));
  gcmSeal(subkey, nonce.subarray(HALF_NONCE_BYTES), associated, plain, sealed, 0);
  return sealed;
}

function open(key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array, associated: Uint8Array): Buffer | undefined {
  const subkey = new XaesKey(createSecretKey(key)).subkey(nonce.subarray(0, HALF_NONCE_BYTES));
  return gcmOpen(subkey, nonce.subarray(HALF_NONCE_BYTES), associated, sealed);
}

/** Everything from https://c2sp.org/XAES-256-GCM, section "Test vectors". */
describe('XAES-256-GCM with its published vectors', () => {
  const nonce = Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWX');
  const plain = Buffer.from('XAES-256-GCM');
  const vectors = [
    {
      name: 'the most significant bit of L is 0',
      key: Buffer.alloc(32, 0x01),
      associated: Buffer.from(''),
      subkey: 'c8612c9ed53fe43e8e005b828a1631a0bbcb6ab2f46514ec4f439fcfd0fa969b',
      sealed: 'ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271',
    },
    {
      name: 'the most significant bit of L is 1',
      key: Buffer.alloc(32, 0x03),
      associated: Buffer.from('c2sp.org/XAES-256-GCM'),
      subkey: 'e9c621d4cdd9b11b00a6427ad7e559aeedd66b3857646677748f8ca796cb3fd8',
      sealed: '986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d',
    },
  ];

  it.each(vectors)('derives the subkey where $name', ({ key, subkey }) => {
    const derived = new XaesKey(createSecretKey(key)).subkey(nonce.subarray(0, HALF_NONCE_BYTES));
    expect(derived.export().toString('hex')).toBe(subkey);
  });

  it.each(vectors)('seals and opens where $name', ({ key, associated, sealed }) => {
    expect(seal(key, nonce, plain, associated).toString('hex')).toBe(sealed);
    expect(open(key, nonce, Buffer.from(sealed, 'hex'), associated)).toEqual(plain);
  });

  // The long run is the same over a million messages: XAES_VECTORS=full.
  const [iterations, hash] =
    process.env['XAES_VECTORS'] === 'full'
      ? [1_000_000, '2163ae1445985a30b60585ee67daa55674df06901b890593e824b8a7c885ab15']
      : [10_000, 'e6b9edf2df6cec60c8cbd864e2211b597fb69a529160cd040d56c0c210081939'];

  it(`gives the accumulated hash of ${iterations} random messages`, { timeout: 300_000 }, () => {
    const take = reader(createHash('shake128', { outputLength: 400 * iterations }).digest());
    const results = createHash('shake128', { outputLength: 32 });
    for (let i = 0; i < iterations; i++) {
      const key = take(32);
      const randomNonce = take(24);
      const message = take(take(1)[0]!);
      const associated = take(take(1)[0]!);
      const sealed = seal(key, randomNonce, message, associated);
      if (open(key, randomNonce, sealed, associated)?.equals(message) !== true)
        throw new Error(`message ${i} does not open`);
      results.update(sealed);
    }
    expect(results.digest('hex')).toBe(hash);
  });
});

describe('XAES-256-GCM', () => {
  it('derives the same subkey repeatedly from one key object, and another one from another nonce', () => {
    const key = new XaesKey(createSecretKey(Buffer.alloc(32, 7)));
    const [a, b] = [Buffer.alloc(12, 1), Buffer.alloc(12, 2)];
    const first = key.subkey(a);
    expect(key.subkey(b).equals(first)).toBe(false);
    expect(key.subkey(a).equals(first)).toBe(true);
  });

  it('writes only at the offset', () => {
    const to = Buffer.alloc(40, 0xee);
    const subkey = createSecretKey(Buffer.alloc(32, 7));
    gcmSeal(subkey, Buffer.alloc(12), Buffer.alloc(0), Buffer.from('four'), to, 10);
    expect(to.subarray(0, 10)).toEqual(Buffer.alloc(10, 0xee));
    expect(to.subarray(30)).toEqual(Buffer.alloc(10, 0xee));
    expect(gcmOpen(subkey, Buffer.alloc(12), Buffer.alloc(0), to.subarray(10, 30))).toEqual(Buffer.from('four'));
  });
});

function reader(stream: Buffer): (bytes: number) => Buffer {
  let position = 0;
  return (bytes) => {
    if (position + bytes > stream.length) throw new Error('the stream of random bytes is too short');
    return stream.subarray(position, (position += bytes));
  };
}
