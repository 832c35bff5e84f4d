import { describe, expect, it } from 'vitest';
import { envelopeBytes, metaItem } from '../../../test/codec/support/envelope-bytes.js';
import { failureNow } from '../../../test/codec/support/errors-of.js';
import { isEnvelope, readHeader, writeHeader } from './envelope.js';

const PLAIN = { flags: 0, serializer: 2, compressor: 0, suite: 0, meta: undefined };

const EVERY_BYTE = Array.from({ length: 256 }, (_, i) => i);

/** The error for an envelope: its code, and the field that it names. */
function refusal(bytes: Buffer): string {
  const { code, context } = failureNow(() => readHeader(bytes));
  return context.what === undefined ? code : `${code} ${context.what}`;
}

function outcome(bytes: Buffer): string {
  try {
    readHeader(bytes);
    return 'taken';
  } catch {
    return refusal(bytes);
  }
}

describe('the header of an envelope', () => {
  it('has eight bytes, followed by the meta block', () => {
    expect(writeHeader(PLAIN).toString('hex')).toBe('c152010002000000');
    const full = { flags: 3, serializer: 4, compressor: 18, suite: 1, meta: { schema: 9 } };
    expect(writeHeader(full).toString('hex')).toBe('c15201030412010405020009');
  });

  it.each([
    PLAIN,
    { flags: 3, serializer: 0, compressor: 0, suite: 1, meta: undefined },
    { flags: 0, serializer: 4, compressor: 19, suite: 0, meta: { created: 5, tags: ['0123456789abcdef'] } },
  ])('decodes to what was written, with the bytes after it: %j', (header) => {
    const written = writeHeader(header);
    const { header: read, headerBytes, rest } = readHeader(Buffer.concat([written, Buffer.from('body')]));
    expect(read).toEqual(header);
    expect(headerBytes.equals(written)).toBe(true);
    expect(rest.toString()).toBe('body');
  });

  it('is recognised by its first two bytes', () => {
    expect(isEnvelope(Buffer.from('c152', 'hex'))).toBe(true);
    for (const hex of ['', 'c1', 'c153', '52c1', '7b7d', '00c152']) {
      expect(isEnvelope(Buffer.from(hex, 'hex'))).toBe(false);
    }
  });

  it('accepts every defined value of a field, and names the field of an undefined one', () => {
    const defined = { version: [1], serializer: [0, 1, 2, 3, 4], compressor: [0, 1, 2, 3, 17, 18, 19], suite: [0, 1] };
    for (const [field, taken] of Object.entries(defined)) {
      const outcomes = EVERY_BYTE.map((byte) => outcome(envelopeBytes({ [field]: byte })));
      expect(outcomes).toEqual(
        EVERY_BYTE.map((byte) => (taken.includes(byte) ? 'taken' : `CODEC_UNSUPPORTED ${field}`)),
      );
    }
  });

  it('accepts both flags if it is sealed, and no flag otherwise', () => {
    const outcomes = (suite: number): string[] => EVERY_BYTE.map((flags) => outcome(envelopeBytes({ flags, suite })));
    const upTo = (most: number): string[] =>
      EVERY_BYTE.map((flags) => (flags <= most ? 'taken' : 'CODEC_UNSUPPORTED flags'));
    expect(outcomes(1)).toEqual(upTo(3));
    expect(outcomes(0)).toEqual(upTo(0));
  });

  it('is malformed if truncated, unless its version is unknown', () => {
    const whole = envelopeBytes({ meta: metaItem(5, '0001'), body: '' });
    for (let length = 2; length < whole.length; length++) {
      expect([length, refusal(whole.subarray(0, length))]).toEqual([length, 'CODEC_MALFORMED']);
    }
    expect(refusal(Buffer.from('c15202', 'hex'))).toBe('CODEC_UNSUPPORTED version');
    expect(refusal(envelopeBytes({ metaBytes: 1, body: '' }))).toBe('CODEC_MALFORMED');
    expect(refusal(envelopeBytes({ metaBytes: 255 }))).toBe('CODEC_MALFORMED');
  });

  it('is checked from left to right, with the meta last', () => {
    const wrong = { version: 9, flags: 9, serializer: 9, compressor: 9, suite: 9, metaBytes: 99 };
    const order = ['version', 'flags', 'serializer', 'compressor', 'suite'] as const;
    const rest: Partial<typeof wrong> = { ...wrong };
    for (const field of order) {
      expect(refusal(envelopeBytes(rest))).toBe(`CODEC_UNSUPPORTED ${field}`);
      delete rest[field];
    }
    expect(refusal(envelopeBytes(rest))).toBe('CODEC_MALFORMED');
  });
});
