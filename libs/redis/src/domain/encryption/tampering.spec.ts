import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../testing/compressor-contract/seeded-random.js';
import type { ValuePlace } from '../value-codec.js';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import { resolveEncryptionOptions, type EncryptionOptions } from './encryption.options.js';
import { createCipher, type ValueCipher } from './value-cipher.js';

const A = { id: 'a', secret: 'a secret of more than 16 bytes' };
const B = { id: 'b', secret: 'another secret of more than 16' };
const META = Buffer.from('c152010002000104aabbccdd', 'hex');
const BARE = Buffer.from('c152010002000100', 'hex');
const AT: ValuePlace = { key: 'app:user:1', field: 'name' };
const PLAIN = Buffer.from('{"name":"Ada"}');
const KID_BYTES = 4;

const cipher = (options: EncryptionOptions = { keys: [A, B] }): ValueCipher =>
  createCipher(resolveEncryptionOptions(options));
const one = cipher();
const seal = (header = META, at = AT, by = one): Buffer => by.seal(header, at, PLAIN) as Buffer;

/** The result of opening a value: the code of the error, or 'opened'. */
function outcome(header: Buffer, at: ValuePlace, sealed: Buffer, by = one): string {
  try {
    by.open(header, at, sealed) as Buffer;
  } catch (error) {
    if (error instanceof RedisInfraError) return error.code;
    throw error;
  }
  return 'opened';
}

/** Whole numbers from 0 to below a limit, the same in every run. */
function seeded(seed: number): (below: number) => number {
  const next = seededRandom(seed);
  return (below) => (next() * 2 ** 32) % below;
}

describe('a sealed value does not open', () => {
  const sealed = seal();

  it('after any one bit of it has changed', () => {
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const changed = Buffer.from(sealed);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      const expected = bit < KID_BYTES * 8 ? 'CODEC_UNKNOWN_KEY' : 'CODEC_TAMPERED';
      expect([bit, outcome(META, AT, changed)]).toEqual([bit, expected]);
    }
  });

  it('after any one bit of its header has changed', () => {
    for (let bit = 0; bit < META.length * 8; bit++) {
      const changed = Buffer.from(META);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      expect([bit, outcome(changed, AT, sealed)]).toEqual([bit, 'CODEC_TAMPERED']);
    }
  });

  it('after it was truncated at either end, or extended', () => {
    for (let length = 0; length < sealed.length; length++) {
      const expected = length < 44 ? 'CODEC_MALFORMED' : 'CODEC_TAMPERED';
      expect([length, outcome(META, AT, sealed.subarray(0, length))]).toEqual([length, expected]);
      expect(outcome(META, AT, sealed.subarray(sealed.length - length))).not.toBe('opened');
    }
    for (let more = 1; more < 40; more++) {
      expect(outcome(META, AT, Buffer.concat([sealed, Buffer.alloc(more)]))).toBe('CODEC_TAMPERED');
    }
  });

  it('with another header of the same length', () => {
    expect(outcome(BARE, AT, sealed)).toBe('CODEC_TAMPERED');
    expect(outcome(Buffer.concat([META.subarray(0, 8), Buffer.alloc(4)]), AT, sealed)).toBe('CODEC_TAMPERED');
  });

  it('after it was copied to another key or field, out of a hash or into one', () => {
    const inKey = seal(META, { key: 'app:user:1' });
    const locations: ValuePlace[] = [
      { key: 'app:user:2', field: 'name' },
      { key: 'app:user:1', field: 'mail' },
      { key: 'user:1', field: 'name' },
      { key: 'app:user:1' },
      { key: 'app:user:1name' },
      { key: 'name', field: 'app:user:1' },
    ];
    for (const at of locations) expect([at, outcome(META, at, sealed)]).toEqual([at, 'CODEC_TAMPERED']);
    expect(outcome(META, AT, inKey)).toBe('CODEC_TAMPERED');
    expect(outcome(META, { key: 'app:user:1' }, inKey)).toBe('opened');
  });

  it('for another tenant', () => {
    const acme = cipher({ keys: [A], tenant: 'acme' });
    for (const by of [cipher({ keys: [A], tenant: 'acme2' }), cipher({ keys: [A] })]) {
      expect(outcome(META, AT, seal(META, AT, acme), by)).toBe('CODEC_TAMPERED');
      expect(outcome(META, AT, seal(META, AT, by), acme)).toBe('CODEC_TAMPERED');
    }
    expect(outcome(META, AT, seal(META, AT, acme), cipher({ keys: [A], tenant: 'acme' }))).toBe('opened');
  });

  it('with the kid of another key of the ring', () => {
    const other = seal(META, AT, cipher({ keys: [B] }));
    const renamed = Buffer.concat([other.subarray(0, KID_BYTES), sealed.subarray(KID_BYTES)]);
    expect(outcome(META, AT, renamed)).toBe('CODEC_TAMPERED');
    expect(outcome(META, AT, other)).toBe('opened');
  });

  it('with a part of another sealed value', () => {
    const twin = seal();
    for (const [from, to] of [
      [4, 16],
      [16, 28],
      [28, 40],
      [sealed.length - 16, sealed.length],
    ] as const) {
      const mixed = Buffer.from(sealed);
      twin.copy(mixed, from, from, to);
      const same = mixed.equals(sealed);
      // Both are of one epoch, so they share the first half of the nonce.
      expect([from, outcome(META, AT, mixed)]).toEqual([from, same ? 'opened' : 'CODEC_TAMPERED']);
      expect(same).toBe(from === 4);
    }
  });

  it('after the unbound flag was set', () => {
    const unbound = Buffer.from(META);
    unbound[3]! |= 1;
    expect(outcome(unbound, AT, sealed)).toBe('CODEC_TAMPERED');
    const anywhere = seal(unbound);
    expect(outcome(META, AT, anywhere)).toBe('CODEC_TAMPERED');
    expect(outcome(unbound, { key: 'elsewhere' }, anywhere)).toBe('opened');
  });

  it('after any of 20,000 random changes', () => {
    const below = seeded(0x5ea1ed);
    for (let i = 0; i < 20_000; i++) {
      const changed = mutated(sealed, below);
      if (changed.equals(sealed)) continue;
      const code = outcome(META, AT, changed);
      expect(['CODEC_TAMPERED', 'CODEC_UNKNOWN_KEY', 'CODEC_MALFORMED']).toContain(code);
    }
    expect(outcome(META, AT, sealed)).toBe('opened');
  });
});

/** Random bytes overwritten, then perhaps a piece cut out or put in. */
function mutated(sealed: Buffer, below: (limit: number) => number): Buffer {
  const bytes = Buffer.from(sealed);
  for (let n = below(4); n >= 0; n--) bytes[below(bytes.length)] = below(256);
  const at = below(bytes.length);
  const piece = bytes.subarray(below(bytes.length));
  switch (below(4)) {
    case 0:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + below(8))]);
    case 1:
      return Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at)]);
    default:
      return bytes;
  }
}
