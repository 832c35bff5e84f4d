import { describe, expect, it } from 'vitest';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import { pad, padmeLength, unpad } from './padme.js';

function codeOf(bytes: Uint8Array): string {
  try {
    unpad(bytes);
  } catch (error) {
    if (error instanceof RedisInfraError) return error.code;
    throw error;
  }
  return 'none';
}

/** As the paper writes it, over integers of any size. */
function reference(length: number): number {
  if (length < 2) return length;
  const exponent = length.toString(2).length - 1;
  const lastBits = BigInt(exponent - exponent.toString(2).length);
  const mask = (1n << lastBits) - 1n;
  return Number((BigInt(length) + mask) & ~mask);
}

describe('the Padmé length', () => {
  it('matches the definition of the paper for small, odd and large lengths', () => {
    const lengths = [...Array(5000).keys(), 65_535, 65_536, 65_537, 1_000_003, 2 ** 25 + 1, 2 ** 31, 2 ** 32 - 1];
    for (const length of lengths) expect([length, padmeLength(length)]).toEqual([length, reference(length)]);
    expect([9, 100, 1000, 1025].map(padmeLength)).toEqual([10, 104, 1024, 1088]);
  });

  it('is never shorter, at most 12 % longer, and a fixed point', () => {
    for (let length = 1; length < 200_000; length += 37) {
      const padded = padmeLength(length);
      expect(padded >= length && padded <= length * 1.12).toBe(true);
      expect(padmeLength(padded)).toBe(padded);
    }
  });
});

describe('padding', () => {
  it('puts the length before the bytes and zeros after them', () => {
    expect(pad(Buffer.from('hello')).toString('hex')).toBe(`00000005${Buffer.from('hello').toString('hex')}00`);
    expect(pad(Buffer.alloc(0)).toString('hex')).toBe('00000000');
  });

  it('returns exactly the padded bytes', () => {
    for (let length = 0; length < 3000; length += 7) {
      const plain = Buffer.alloc(length, 0xab);
      const padded = pad(plain);
      expect(padded.length).toBe(padmeLength(4 + length));
      expect(unpad(padded).equals(plain)).toBe(true);
    }
  });

  it('hides small differences of length', () => {
    expect(new Set([1000, 1003, 1010, 1020].map((length) => pad(Buffer.alloc(length)).length)).size).toBe(1);
  });

  it('accepts bytes that are a view of a larger buffer', () => {
    const around = new Uint8Array(30).fill(9);
    around.set(pad(Buffer.from('hello')), 10);
    expect(unpad(around.subarray(10, 20))).toEqual(Buffer.from('hello'));
  });

  it.each([
    ['nothing at all', ''],
    ['less than a length', '000000'],
    ['a length beyond the end', '000000ff00'],
    ['the largest length', 'ffffffff00'],
    ['bytes where zeros should be', '0000000568656c6c6f01'],
    ['more zeros than padding has', '0000000568656c6c6f0000'],
    ['less zeros than padding has', '0000000568656c6c6f'],
  ])('refuses %s', (_what, bytes) => {
    expect(codeOf(Buffer.from(bytes, 'hex'))).toBe('CODEC_MALFORMED');
  });
});
