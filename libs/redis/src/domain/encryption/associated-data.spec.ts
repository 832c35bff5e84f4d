import { describe, expect, it } from 'vitest';
import type { ValuePlace } from '../value-codec.js';
import { UNBOUND_FLAG, associatedData } from './associated-data.js';

const KID = 0xcd59d3ba;
const header = (flags = 0, meta = ''): Buffer =>
  Buffer.concat([Buffer.from([0xc1, 0x52, 1, flags, 2, 0, 1, meta.length]), Buffer.from(meta)]);
const hex = (...parts: string[]): string => parts.join('');
const text = (ascii: string): string => Buffer.from(ascii).toString('hex');

describe('the associated data of a sealed value', () => {
  it('contains the header, the kid, the purpose and the key, each string after its length', () => {
    expect(associatedData(header(0, 'xyz'), KID, { key: 'app:1' }).toString('hex')).toBe(
      hex('c152010002000103', text('xyz'), 'cd59d3ba', '00000005', text('value'), '00000005', text('app:1')),
    );
  });

  it('ends with the hash field if there is one', () => {
    expect(associatedData(header(), KID, { key: 'k', field: 'é' }).toString('hex')).toBe(
      hex('c152010002000100', 'cd59d3ba', '00000005', text('value'), '00000001', text('k'), '00000002', 'c3a9'),
    );
  });

  it('omits key and field if the value is not bound to its key', () => {
    const unbound = header(UNBOUND_FLAG);
    const data = associatedData(unbound, KID, { key: 'k', field: 'f' });
    expect(data.toString('hex')).toBe(hex('c152010102000100', 'cd59d3ba', '00000005', text('value')));
    expect(associatedData(unbound, KID, { key: 'other' })).toEqual(data);
  });

  it('differs for every key and field, also if their concatenation is the same', () => {
    const names = ['a', 'b', 'ab', 'ba', 'aa', '\0', 'a\0', '\0\0\0\u0001a', 'value', 'a\0\0\0\u0001b'];
    const locations: ValuePlace[] = names.flatMap((key) => [
      { key },
      { key, field: '' },
      ...names.map((field) => ({ key, field })),
    ]);
    const data = [header(), header(2), header(0, 'a'), header(0, 'ab')].flatMap((bytes) =>
      locations.map((at) => associatedData(bytes, KID, at).toString('hex')),
    );
    expect(new Set(data).size).toBe(data.length);
  });

  it('depends on the kid', () => {
    expect(associatedData(header(), 1, { key: 'k' })).not.toEqual(associatedData(header(), 2, { key: 'k' }));
  });
});
