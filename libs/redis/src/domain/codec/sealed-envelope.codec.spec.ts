import { describe, expect, it } from 'vitest';
import { codecWith, StoppedClock, type CodecSetUp } from '../../../test/codec/support/codec-with.js';
import { codeOf, failureNow, failureOf, now } from '../../../test/codec/support/errors-of.js';
import type { EncryptionOptions } from '../encryption/encryption.options.js';
import { padmeLength } from '../encryption/padme.js';
import type { CodecOptions } from './codec.options.js';
import type { EnvelopeCodec } from './envelope.codec.js';
import type { EntryMeta, ValuePlace } from '../value-codec.js';

const OLD = { id: 'old', secret: 'the old secret of this application' };
const NEW = { id: 'new', secret: 'the new secret of this application' };
const AT: ValuePlace = { key: 'app:k', field: 'f' };
const ADDED = 52;

const sealing = (encryption: EncryptionOptions = {}, options: CodecOptions = {}, setUp?: CodecSetUp): EnvelopeCodec => {
  const keys = encryption.provider === undefined ? { keys: encryption.keys ?? [OLD] } : {};
  return codecWith({ ...options, encryption: { ...encryption, ...keys } }, setUp);
};

const PLAIN = codecWith();
const encode = (value: unknown, by = sealing(), meta?: EntryMeta): Buffer => now(by.encode(value, AT, meta));
const decode = (bytes: Buffer, by = sealing()): unknown => now(by.decode(bytes, AT)).value;
const refusal = (bytes: Buffer, by = sealing()): string => failureNow(() => by.decode(bytes, AT)).code;

describe('a codec with encryption', () => {
  it.each([
    null,
    'text',
    '',
    5,
    { a: [1] },
    new Map([[1, new Date(2)]]),
    Buffer.from('raw'),
    'surrogate \ud800',
    undefined,
  ])('gives back what it sealed, under the same key and field: %o', (value) => {
    expect(decode(encode(value))).toStrictEqual(value);
  });

  it('adds 52 bytes to JSON, and omits the quotes of a text', () => {
    expect(encode({ a: 1 })).toHaveLength('{"a":1}'.length + ADDED);
    expect(encode('text')).toHaveLength('text'.length + ADDED);
    expect(encode({ a: 1 }, sealing(), { schema: 1 })).toHaveLength('{"a":1}'.length + ADDED + 4);
  });

  it('hides the value, shows the meta and returns it', () => {
    const bytes = encode('a text to look for', sealing(), { schema: 9 });
    expect(bytes.includes('look for')).toBe(false);
    expect(bytes.subarray(0, 12).toString('hex')).toBe('c15201000100010405020009');
    expect(now(sealing().decode(bytes, AT))).toMatchObject({ meta: { schema: 9 }, outdated: false });
  });

  it('does not open a value under another key, field or tenant, or with other meta', () => {
    const bytes = encode({ a: 1 }, sealing(), { schema: 9 });
    const elsewhere: ValuePlace[] = [{ key: 'app:k' }, { key: 'app:k2', field: 'f' }, { key: 'app:k', field: 'g' }];
    for (const at of elsewhere) expect(failureNow(() => sealing().decode(bytes, at)).code).toBe('CODEC_TAMPERED');
    expect(refusal(bytes, sealing({ tenant: 'other' }))).toBe('CODEC_TAMPERED');
    const changed = Buffer.from(bytes);
    changed[11] = 8;
    expect(refusal(changed)).toBe('CODEC_TAMPERED');
  });

  it('compresses before it seals if allowed, but not the tag or the header', () => {
    const both = sealing({ compressBeforeEncrypt: true }, { compression: { minBytes: 0 } });
    const bytes = encode('a'.repeat(5000), both);
    expect(bytes.subarray(0, 8).toString('hex')).toBe('c152010001010100');
    expect(bytes.length).toBeLessThan(200);
    expect(decode(bytes)).toBe('a'.repeat(5000));
  });

  it('compresses and decompresses large values in the thread pool', async () => {
    const both = sealing({ compressBeforeEncrypt: true }, { compression: true });
    const large = 'large '.repeat(100_000);
    const bytes = await both.encode(large, AT);
    expect((await both.decode(bytes, AT)).value).toBe(large);
  });

  it('hides lengths with padding, which every reader with the key accepts', () => {
    const padding = sealing({ padding: 'padme' });
    for (const length of [0, 1, 100, 1000, 10_000]) {
      const bytes = encode('x'.repeat(length), padding);
      expect(bytes).toHaveLength(padmeLength(length + 4) + ADDED);
      expect(bytes[3]).toBe(2);
      expect(decode(bytes)).toBe('x'.repeat(length));
    }
    const both = sealing({ padding: 'padme', compressBeforeEncrypt: true }, { compression: { minBytes: 0 } });
    expect(decode(encode('x'.repeat(3000), both))).toBe('x'.repeat(3000));
  });

  it('applies the size limit to the sealed bytes', () => {
    const limited = (maxEncodedBytes: number): EnvelopeCodec => sealing({}, { maxEncodedBytes });
    expect(encode('x'.repeat(48), limited(100))).toHaveLength(100);
    expect(failureNow(() => encode('x'.repeat(49), limited(100))).code).toBe('CODEC_TOO_LARGE');
    expect(failureNow(() => encode('x'.repeat(40), sealing({ padding: 'padme' }, { maxEncodedBytes: 95 }))).code).toBe(
      'CODEC_TOO_LARGE',
    );
  });

  it('returns results directly with configured keys, and promises while a provider is pending', async () => {
    const provider = { keys: () => Promise.resolve([OLD]), primary: () => Promise.resolve('old') };
    const provided = sealing({ provider });
    const first = provided.encode('text', AT);
    expect(first).toBeInstanceOf(Promise);
    const bytes = await first;
    expect(now(provided.encode('text', AT))).toHaveLength(bytes.length);
    expect(now(provided.decode(bytes, AT)).value).toBe('text');
    const waiting = sealing({ provider }).decode(bytes, AT);
    expect(waiting).toBeInstanceOf(Promise);
    expect((await waiting).value).toBe('text');
  });

  it('reports that its provider failed without the error of the provider', async () => {
    const provider = { keys: () => Promise.reject(new Error('c4n4ry')), primary: () => Promise.resolve('old') };
    for (const call of [
      () => sealing({ provider }).encode('text', AT),
      () => sealing({ provider }).decode(encode('text'), AT),
    ]) {
      const error = await failureOf(call);
      expect(error).toMatchObject({ code: 'CODEC_KEY_PROVIDER', retryable: true });
      expect(`${error.stack}${JSON.stringify(error)}`).not.toContain('c4n4ry');
    }
  });
});

describe('key rotation of a codec', () => {
  it('opens values with every key, and marks values of a non-primary key as outdated', () => {
    const bytes = encode('text', sealing({ keys: [OLD] }));
    const added = sealing({ keys: [OLD, NEW] });
    const promoted = sealing({ keys: [OLD, NEW], primary: 'new' });
    expect(now(added.decode(bytes, AT))).toMatchObject({ value: 'text', outdated: false });
    expect(now(promoted.decode(bytes, AT))).toMatchObject({ value: 'text', outdated: true });
    expect(now(promoted.decode(encode('text', promoted), AT)).outdated).toBe(false);
    expect(refusal(bytes, sealing({ keys: [NEW] }))).toBe('CODEC_UNKNOWN_KEY');
    expect(refusal(bytes, PLAIN)).toBe('CODEC_UNKNOWN_KEY');
  });

  it('exposes resealOnRead in its policy', () => {
    expect(sealing({ resealOnRead: true }).policy.resealOnRead).toBe(true);
    expect(sealing().policy.resealOnRead).toBe(false);
  });
});

describe('a codec with encryption, given plain values,', () => {
  const CASES = ['{"a":1}', 'text', '5', '', '\u00ff'].map((text) => Buffer.from(text));
  const unsealed = [now(PLAIN.encode(new Date(5), AT)), now(PLAIN.encode(5, AT, { schema: 1 }))];

  it('refuses all of them, including envelopes', () => {
    for (const bytes of [...CASES, ...unsealed]) {
      expect([bytes.toString(), refusal(bytes)]).toEqual([bytes.toString(), 'CODEC_PLAINTEXT_REJECTED']);
    }
  });

  it('accepts them until acceptPlainUntil, to the millisecond, and marks them as outdated', async () => {
    const clock = new StoppedClock();
    const until = clock.nowMs + 1000;
    const moving = sealing({ acceptPlainUntil: new Date(until) }, {}, { clock });
    clock.nowMs = until - 1;
    for (const bytes of [...CASES, ...unsealed]) expect(now(moving.decode(bytes, AT)).outdated).toBe(true);
    expect(now(moving.decode(unsealed[1] as Buffer, AT)).meta).toEqual({ schema: 1 });
    clock.nowMs = until;
    for (const bytes of [...CASES, ...unsealed]) {
      expect(await codeOf(() => moving.decode(bytes, AT))).toBe('CODEC_PLAINTEXT_REJECTED');
    }
  });

  it('never writes one, except counts with plain counters', () => {
    for (const value of [5, 'text', { a: 1 }, null]) expect(encode(value)[6]).toBe(1);
  });

  it('reads and writes only counts as plain numbers with plain counters', () => {
    const counting = sealing({ counters: 'plain' });
    for (const count of [0, 5, -5, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]) {
      expect(encode(count, counting).toString()).toBe(String(count));
      expect(decode(Buffer.from(String(count)), counting)).toBe(count);
    }
    for (const other of [0.5, 1e300, -0, NaN, 2 ** 53, '5', [5], 5n, true]) expect(encode(other, counting)[6]).toBe(1);
    const refused = [
      '1.5',
      '1e3',
      '"5"',
      ' 5',
      '5\n',
      '+5',
      '--5',
      '',
      '-',
      'null',
      '12345678901234567',
      `5${' '.repeat(40)}`,
    ];
    for (const text of refused) {
      expect([text, refusal(Buffer.from(text), counting)]).toEqual([text, 'CODEC_PLAINTEXT_REJECTED']);
    }
    const wrapped = now(PLAIN.encode(5, AT, { schema: 1 }));
    expect(refusal(wrapped, counting)).toBe('CODEC_PLAINTEXT_REJECTED');
  });

  it('seals a count that has meta, even with plain counters', () => {
    const counting = sealing({ counters: 'plain' });
    const bytes = encode(5, counting, { expires: 9 });
    expect(bytes[6]).toBe(1);
    expect(now(counting.decode(bytes, AT))).toMatchObject({ value: 5, meta: { expires: 9 } });
  });

  it('allows counters only if they are plain', () => {
    expect(sealing().policy.counts).toBe(false);
    expect(sealing({ counters: 'plain' }).policy.counts).toBe(true);
  });

  it('reports plain and changed values as security events, and no other errors', async () => {
    const reported: string[] = [];
    const heard = sealing({}, {}, { onSecurity: (code) => reported.push(code) });
    const bytes = encode('text');
    const changed = Buffer.from(bytes);
    changed[bytes.length - 1]! ^= 1;
    const cases = [Buffer.from('plain'), unsealed[0] as Buffer, changed, bytes.subarray(0, 20)];
    for (const one of cases) await codeOf(() => heard.decode(one, AT));
    await codeOf(() => heard.decode(encode('text', sealing({ keys: [NEW] })), AT));
    expect(reported).toEqual(['CODEC_PLAINTEXT_REJECTED', 'CODEC_PLAINTEXT_REJECTED', 'CODEC_TAMPERED']);
  });
});

describe('the expiry of a sealed value', () => {
  const END = 1_700_000_000_000;

  it('is enforced to the millisecond with bindExpiry', () => {
    const clock = new StoppedClock(END - 1);
    const binding = sealing({ bindExpiry: true }, {}, { clock });
    const bytes = encode('text', binding, { expires: END });
    expect(decode(bytes, binding)).toBe('text');
    clock.nowMs = END;
    expect(failureNow(() => binding.decode(bytes, AT))).toMatchObject({ code: 'CODEC_EXPIRED', outcome: 'executed' });
    expect(decode(encode('text', binding), binding)).toBe('text');
    expect(binding.policy.bindExpiry).toBe(true);
  });

  it('is returned and not enforced without bindExpiry', () => {
    const late = sealing({}, {}, { clock: new StoppedClock(END + 1) });
    expect(now(late.decode(encode('text', late, { expires: END }), AT))).toMatchObject({ meta: { expires: END } });
  });

  it('cannot be changed, because it is authenticated', () => {
    const binding = sealing({ bindExpiry: true }, {}, { clock: new StoppedClock(END + 1) });
    const bytes = encode('text', sealing(), { expires: END });
    bytes[15]! ^= 0x80;
    expect(refusal(bytes, binding)).toBe('CODEC_TAMPERED');
  });
});
