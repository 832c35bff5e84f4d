import { describe, expect, it } from 'vitest';
import { hexDump } from './hex.dump.js';

describe('hexDump', () => {
  it('formats rows of 16 bytes with offset, bytes and ASCII', () => {
    expect(hexDump(Buffer.from('{"name":"Zürich","km":0.7}'))).toBe(
      [
        '00000000  7b 22 6e 61 6d 65 22 3a  22 5a c3 bc 72 69 63 68  |{"name":"Z..rich|',
        '00000010  22 2c 22 6b 6d 22 3a 30  2e 37 7d                 |","km":0.7}|',
      ].join('\n'),
    );
  });

  it('shows bytes that are not ASCII text as dots', () => {
    expect(hexDump(Buffer.from('c15201007f1f', 'hex'))).toBe(`00000000  c1 52 01 00 7f 1f${' '.repeat(33)}|.R....|`);
  });

  it('is empty for no bytes', () => {
    expect(hexDump(new Uint8Array())).toBe('');
  });
});
