import { describe, expect, it } from 'vitest';
import { readBody, writeBody } from './compressed-body.js';

const data = Buffer.from('data');

describe('a compressed body', () => {
  it('contains the raw length, big-endian, and the data', () => {
    const body = writeBody({ dictionaryId: undefined, rawBytes: 0x01020304, data });
    expect(body.toString('hex')).toBe('01020304' + data.toString('hex'));
    expect(readBody(body, false)).toEqual({ dictionaryId: undefined, rawBytes: 0x01020304, data });
  });

  it('begins with the id of its dictionary, if it has one', () => {
    const body = writeBody({ dictionaryId: 0xfffe, rawBytes: 5, data });
    expect(body.toString('hex')).toBe('fffe00000005' + data.toString('hex'));
    expect(readBody(body, true)).toEqual({ dictionaryId: 0xfffe, rawBytes: 5, data });
  });

  it('shares no memory', () => {
    expect(writeBody({ dictionaryId: undefined, rawBytes: 5, data }).buffer.byteLength).toBe(8);
  });

  it.each([
    [3, false],
    [5, true],
  ])('is malformed with %i bytes (with a dictionary: %s)', (bytes, withDictionary) => {
    expect(() => readBody(Buffer.alloc(bytes), withDictionary)).toThrow(
      expect.objectContaining({ code: 'CODEC_MALFORMED', outcome: 'executed', context: { bytes } }),
    );
  });
});
