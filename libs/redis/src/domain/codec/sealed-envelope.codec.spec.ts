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

describe('a codec that seals', () => {
  it.each([null, 'text', '', 5, { a: [1] }, new Map([[1, new Date(2)]]), Buffer.from('raw'), 'lone \ud800', undefined])(
    'gives back what it sealed, under the same key and field: %o',
    (value) => {
      expect(decode(encode(value))).toStrictEqual(value);
    },
  );

  it('adds 52 bytes to the JSON, and to a text even fewer than its quotes', () => {
    expect(encode({ a: 1 })).toHaveLength('{"a":1}'.length + ADDED);
    expect(encode('text')).toHaveLength('text'.length + ADDED);
    expect(encode({ a: 1 }, sealing(), { schema: 1 })).toHaveLength('{"a":1}'.length + ADDED + 4);
  });

  it('shows nothing of the value, and its meta, which it gives back', () => {
    const bytes = encode('a text to look for', sealing(), { schema: 9 });
    expect(bytes.includes('look for')).toBe(false);
    expect(bytes.subarray(0, 12).toString('hex')).toBe('c15201000100010405020009');
    expect(now(sealing().decode(bytes, AT))).toMatchObject({ meta: { schema: 9 }, outdated: false });
  });

  it('does not open under another key or field, for another tenant, nor with other meta', () => {
    const bytes = encode({ a: 1 }, sealing(), { schema: 9 });
    const elsewhere: ValuePlace[] = [{ key: 'app:k' }, { key: 'app:k2', field: 'f' }, { key: 'app:k', field: 'g' }];
    for (const at of elsewhere) expect(failureNow(() => sealing().decode(bytes, at)).code).toBe('CODEC_TAMPERED');
    expect(refusal(bytes, sealing({ tenant: 'other' }))).toBe('CODEC_TAMPERED');
    const changed = Buffer.from(bytes);
    changed[11] = 8;
    expect(refusal(changed)).toBe('CODEC_TAMPERED');
  });

  it('compresses before it seals where that is allowed, but never the tag or the header', () => {
    const both = sealing({ compressBeforeEncrypt: true }, { compression: { minBytes: 0 } });
    const bytes = encode('a'.repeat(5000), both);
    expect(bytes.subarray(0, 8).toString('hex')).toBe('c152010001010100');
    expect(bytes.length).toBeLessThan(200);
    expect(decode(bytes)).toBe('a'.repeat(5000));
  });

  it('compresses in the thread pool and opens there, too', async () => {
    const both = sealing({ compressBeforeEncrypt: true }, { compression: true });
    const large = 'large '.repeat(100_000);
    const bytes = await both.encode(large, AT);
    expect((await both.decode(bytes, AT)).value).toBe(large);
  });

  it('hides lengths by padding where that is asked, and anybody with the key reads it', () => {
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

  it('holds the limit of what is written with all that it adds', () => {
    const limited = (maxEncodedBytes: number): EnvelopeCodec => sealing({}, { maxEncodedBytes });
    expect(encode('x'.repeat(48), limited(100))).toHaveLength(100);
    expect(failureNow(() => encode('x'.repeat(49), limited(100))).code).toBe('CODEC_TOO_LARGE');
    expect(failureNow(() => encode('x'.repeat(40), sealing({ padding: 'padme' }, { maxEncodedBytes: 95 }))).code).toBe(
      'CODEC_TOO_LARGE',
    );
  });

  it('answers at once with keys of its own, and with promises while a provider gives them', async () => {
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

  it('says that its provider has failed, and never how', async () => {
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

describe('rotating the keys of a codec', () => {
  it('reads with every key, and says what is sealed with another than the one that seals', () => {
    const bytes = encode('text', sealing({ keys: [OLD] }));
    const added = sealing({ keys: [OLD, NEW] });
    const promoted = sealing({ keys: [OLD, NEW], primary: 'new' });
    expect(now(added.decode(bytes, AT))).toMatchObject({ value: 'text', outdated: false });
    expect(now(promoted.decode(bytes, AT))).toMatchObject({ value: 'text', outdated: true });
    expect(now(promoted.decode(encode('text', promoted), AT)).outdated).toBe(false);
    expect(refusal(bytes, sealing({ keys: [NEW] }))).toBe('CODEC_UNKNOWN_KEY');
    expect(refusal(bytes, PLAIN)).toBe('CODEC_UNKNOWN_KEY');
  });

  it('tells the store whether to write back what is outdated', () => {
    expect(sealing({ resealOnRead: true }).policy.resealOnRead).toBe(true);
    expect(sealing().policy.resealOnRead).toBe(false);
  });
});

describe('a codec that seals, and plain values', () => {
  const CASES = ['{"a":1}', 'text', '5', '', '\u00ff'].map((text) => Buffer.from(text));
  const unsealed = [now(PLAIN.encode(new Date(5), AT)), now(PLAIN.encode(5, AT, { schema: 1 }))];

  it('refuses them all, whoever wrote them, envelopes included', () => {
    for (const bytes of [...CASES, ...unsealed]) {
      expect([bytes.toString(), refusal(bytes)]).toEqual([bytes.toString(), 'CODEC_PLAINTEXT_REJECTED']);
    }
  });

  it('takes them until the date that was set, to the millisecond, and says that they are outdated', async () => {
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

  it('never writes one, save counts where they are plain', () => {
    for (const value of [5, 'text', { a: 1 }, null]) expect(encode(value)[6]).toBe(1);
  });

  it('reads and writes counts as plain numbers where that was said, and nothing else', () => {
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

  it('seals a count that has meta, which a plain number could not carry', () => {
    const counting = sealing({ counters: 'plain' });
    const bytes = encode(5, counting, { expires: 9 });
    expect(bytes[6]).toBe(1);
    expect(now(counting.decode(bytes, AT))).toMatchObject({ value: 5, meta: { expires: 9 } });
  });

  it('lets counters be kept only where they are plain', () => {
    expect(sealing().policy.counts).toBe(false);
    expect(sealing({ counters: 'plain' }).policy.counts).toBe(true);
  });

  it('is told of as a matter of security, as is what was changed; other errors are not', async () => {
    const told: string[] = [];
    const heard = sealing({}, {}, { onSecurity: (code) => told.push(code) });
    const bytes = encode('text');
    const changed = Buffer.from(bytes);
    changed[bytes.length - 1]! ^= 1;
    const cases = [Buffer.from('plain'), unsealed[0] as Buffer, changed, bytes.subarray(0, 20)];
    for (const one of cases) await codeOf(() => heard.decode(one, AT));
    await codeOf(() => heard.decode(encode('text', sealing({ keys: [NEW] })), AT));
    expect(told).toEqual(['CODEC_PLAINTEXT_REJECTED', 'CODEC_PLAINTEXT_REJECTED', 'CODEC_TAMPERED']);
  });
});

describe('the end of a sealed value', () => {
  const END = 1_700_000_000_000;

  it('is enforced to the millisecond where it is bound', () => {
    const clock = new StoppedClock(END - 1);
    const binding = sealing({ bindExpiry: true }, {}, { clock });
    const bytes = encode('text', binding, { expires: END });
    expect(decode(bytes, binding)).toBe('text');
    clock.nowMs = END;
    expect(failureNow(() => binding.decode(bytes, AT))).toMatchObject({ code: 'CODEC_EXPIRED', outcome: 'executed' });
    expect(decode(encode('text', binding), binding)).toBe('text');
    expect(binding.policy.bindExpiry).toBe(true);
  });

  it('is only told where it is not bound', () => {
    const late = sealing({}, {}, { clock: new StoppedClock(END + 1) });
    expect(now(late.decode(encode('text', late, { expires: END }), AT))).toMatchObject({ meta: { expires: END } });
  });

  it('cannot be put off: it is sealed with the value', () => {
    const binding = sealing({ bindExpiry: true }, {}, { clock: new StoppedClock(END + 1) });
    const bytes = encode('text', sealing(), { expires: END });
    bytes[15]! ^= 0x80;
    expect(refusal(bytes, binding)).toBe('CODEC_TAMPERED');
  });
});
