import { describe, expect, it } from 'vitest';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import { resolveEncryptionOptions, type EncryptionOptions } from './encryption.options.js';
import { EPOCH_MS } from './sealing-epochs.js';
import { createCipher, type ValueCipher } from './value-cipher.js';

const A = { id: 'a', secret: 'a secret of more than 16 bytes' };
const B = { id: 'b', secret: 'another secret of more than 16' };
const HEADER = Buffer.from('c152010002000100', 'hex');
const AT = { key: 'app:user:1' };
const OVERHEAD = 44;

const cipher = (options: EncryptionOptions = { keys: [A] }): ValueCipher =>
  createCipher(resolveEncryptionOptions(options));

/** Of a cipher that knows its keys: it must not make a promise. */
function now<T>(result: T | Promise<T>): T {
  if (result instanceof Promise) throw new Error('it answered with a promise');
  return result;
}

function errorOf(call: () => unknown): RedisInfraError {
  try {
    call();
  } catch (error) {
    if (error instanceof RedisInfraError) return error;
    throw error;
  }
  return expect.fail('nothing was thrown');
}

describe('a cipher of values', () => {
  it.each([0, 1, 15, 16, 17, 1000, 100_000])('opens what it sealed, %i bytes, synchronously', (length) => {
    const plain = Buffer.alloc(length, 'value');
    const sealed = now(cipher().seal(HEADER, AT, plain));
    expect(sealed).toHaveLength(length + OVERHEAD);
    expect(now(cipher().open(HEADER, AT, sealed)).equals(plain)).toBe(true);
  });

  it('returns header and sealed bytes in one buffer from sealEnvelope', () => {
    const envelope = now(cipher().sealEnvelope(HEADER, AT, Buffer.from('value')));
    expect(envelope).toHaveLength(8 + OVERHEAD + 5);
    expect(envelope.subarray(0, 8)).toEqual(HEADER);
    expect(now(cipher().open(HEADER, AT, envelope.subarray(8)))).toEqual(Buffer.from('value'));
  });

  it('seals and opens views of plain Uint8Arrays', () => {
    const around = new Uint8Array(100).fill(7);
    const sealed = now(cipher().seal(new Uint8Array(HEADER), AT, around.subarray(10, 20)));
    around.set(sealed, 30);
    expect(now(cipher().open(HEADER, AT, around.subarray(30, 30 + sealed.length)))).toEqual(Buffer.alloc(10, 7));
  });

  it('does not change its arguments and returns new memory', () => {
    const plain = Buffer.from('value');
    const sealed = now(cipher().seal(HEADER, AT, plain));
    const copy = Buffer.from(sealed);
    const opened = now(cipher().open(HEADER, AT, sealed));
    opened.fill(0);
    expect([plain.toString(), sealed.equals(copy)]).toEqual(['value', true]);
  });

  it('seals the same value differently every time, under one first half of the nonce', () => {
    const one = cipher();
    const sealed = Array.from({ length: 2000 }, () => now(one.seal(HEADER, AT, Buffer.from('value'))));
    expect(new Set(sealed.map((bytes) => bytes.toString('hex', 16, 28))).size).toBe(2000);
    expect(new Set(sealed.map((bytes) => bytes.toString('hex', 0, 16))).size).toBe(1);
  });

  it('draws a new first half of the nonce after an epoch, and still opens older values', () => {
    let nowMs = 0;
    const one = createCipher(resolveEncryptionOptions({ keys: [A] }), { monotonicMs: () => nowMs, wallMs: () => 0 });
    const before = now(one.seal(HEADER, AT, Buffer.from('value')));
    nowMs = EPOCH_MS;
    const after = now(one.seal(HEADER, AT, Buffer.from('value')));
    expect(after.subarray(4, 16)).not.toEqual(before.subarray(4, 16));
    expect([before, after].map((sealed) => now(one.open(HEADER, AT, sealed)).toString())).toEqual(['value', 'value']);
  });

  it('opens values of more epochs than it caches subkeys for', () => {
    const opener = cipher();
    const sealed = Array.from({ length: 1200 }, (_, i) => now(cipher().seal(HEADER, AT, Buffer.from(String(i)))));
    for (let round = 0; round < 2; round++) {
      for (const [i, bytes] of sealed.entries()) expect(now(opener.open(HEADER, AT, bytes)).toString()).toBe(String(i));
    }
  });

  // Made by an independent implementation (pyca/cryptography: HKDF, CMAC, AESGCM) from the layout as documented.
  const NONCE = '0102030405060708090a0b0c0d0e0f101112131415161718';
  it.each([
    {
      what: 'a value of a key',
      header: 'c152010002000100',
      at: { key: 'app:user:1' },
      tenant: '',
      body: 'a0cf65d306fd5dda7494bcb496875d653e0dd9bc49d82b',
      plain: '{"a":1}',
    },
    {
      what: 'a value of a hash field and a tenant',
      header: 'c152010002000100',
      at: { key: 'app:user:ü', field: 'Größe' },
      tenant: 'acme',
      body: '6d77b64f1fc55c271a5d726a4b16a6987749832015667c',
      plain: '{"a":1}',
    },
    {
      what: 'an empty value with a meta block, not bound to its key',
      header: 'c152010102000103ffee00',
      at: { key: 'wherever', field: 'it is' },
      tenant: '',
      body: '969ae3d011c1ad94cb900bd35b2b69e3',
      plain: '',
    },
  ])('opens $what as another implementation sealed it', ({ header, at, tenant, body, plain }) => {
    const sealed = Buffer.from(`cd59d3ba${NONCE}${body}`, 'hex');
    const opened = cipher({ keys: [A], tenant }).open(Buffer.from(header, 'hex'), at, sealed);
    expect(now(opened).toString()).toBe(plain);
  });
});

describe('a key ring', () => {
  it('seals with the first key unless primary is set, and opens with all', () => {
    const old = now(cipher({ keys: [A] }).seal(HEADER, AT, Buffer.from('old')));
    const ring = cipher({ keys: [A, B], primary: 'b' });
    const fresh = now(ring.seal(HEADER, AT, Buffer.from('new')));
    expect([old, fresh].map((sealed) => now(ring.open(HEADER, AT, sealed)).toString())).toEqual(['old', 'new']);
    expect(now(cipher({ keys: [B] }).open(HEADER, AT, fresh)).toString()).toBe('new');
  });

  it('recognises values sealed with a non-primary key', () => {
    const old = now(cipher({ keys: [A] }).seal(HEADER, AT, Buffer.from('old')));
    expect(now(cipher({ keys: [A, B] }).isOutdated(old))).toBe(false);
    expect(now(cipher({ keys: [A, B], primary: 'b' }).isOutdated(old))).toBe(true);
    expect(now(cipher({ keys: [B] }).isOutdated(old))).toBe(true);
  });

  it('lets every process of a rotation open the values of the others', () => {
    const [before, added, promoted, dropped] = [
      cipher({ keys: [A] }),
      cipher({ keys: [A, B] }),
      cipher({ keys: [A, B], primary: 'b' }),
      cipher({ keys: [B] }),
    ];
    const opens = (opener: ValueCipher, sealer: ValueCipher): string =>
      now(opener.open(HEADER, AT, now(sealer.seal(HEADER, AT, Buffer.from('value'))))).toString();
    const pairs = [
      [before, added],
      [added, before],
      [added, promoted],
      [promoted, added],
      [promoted, dropped],
      [dropped, promoted],
    ] as const;
    expect(pairs.map(([opener, sealer]) => opens(opener, sealer))).toEqual(pairs.map(() => 'value'));
  });

  it('reports the unknown key, and tries no other', () => {
    const sealed = now(cipher({ keys: [A] }).seal(HEADER, AT, Buffer.from('value')));
    const error = errorOf(() => cipher({ keys: [B] }).open(HEADER, AT, sealed));
    expect(error).toMatchObject({ code: 'CODEC_UNKNOWN_KEY', retryable: false, context: { kid: 'cd59d3ba' } });
  });

  it('pads the name of a key with zeros', () => {
    const error = errorOf(() => cipher().open(HEADER, AT, Buffer.alloc(OVERHEAD)));
    expect(error).toMatchObject({ code: 'CODEC_UNKNOWN_KEY', context: { kid: '00000000' } });
  });
});

describe('the errors of a cipher', () => {
  it('carry neither value nor key nor secret', () => {
    const at = { key: 'canary-key', field: 'canary-field' };
    const secret = 'canary-secret-canary-secret-cana';
    const one = cipher({ keys: [{ id: 'a', secret }], tenant: 'canary-tenant' });
    const sealed = now(one.seal(HEADER, at, Buffer.from('canary-value')));
    const errors = [
      errorOf(() => one.open(HEADER, { key: 'canary-other' }, sealed)),
      errorOf(() => one.open(HEADER, at, sealed.subarray(0, 43))),
      errorOf(() => one.isOutdated(sealed.subarray(0, 43))),
      errorOf(() => cipher().open(HEADER, at, sealed)),
    ];
    expect(errors.map(({ code }) => code)).toEqual([
      'CODEC_TAMPERED',
      'CODEC_MALFORMED',
      'CODEC_MALFORMED',
      'CODEC_UNKNOWN_KEY',
    ]);
    for (const error of errors) {
      expect(error.cause).toBeUndefined();
      expect(`${error.message} ${JSON.stringify(error.context)}`).not.toContain('canary');
    }
  });
});
