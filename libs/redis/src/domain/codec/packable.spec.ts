import { describe, expect, it } from 'vitest';
import { packable } from './packable.js';

describe('packable', () => {
  it.each([null, true, 0, 'text', [], {}, [1, ['ä', { b: null }]], { a: { b: ['\u{1F600}'] } }])(
    'is itself where nothing has to be left out: %j',
    (value) => {
      expect(packable(value)).toBe(value);
    },
  );

  it('returns a copy without undefined members and does not change the value', () => {
    const inner = { b: undefined, toJSON: undefined, c: 1 };
    const sibling = { d: 2 };
    const value = { list: [inner], a: undefined, sibling };
    const copy = packable(value) as typeof value;
    expect(copy).toStrictEqual({ list: [{ c: 1 }], sibling: { d: 2 } });
    expect(copy.sibling).toBe(sibling);
    expect(value).toStrictEqual({ list: [{ b: undefined, toJSON: undefined, c: 1 }], a: undefined, sibling: { d: 2 } });
  });

  it.each([
    ['an unpaired surrogate', 'x\ud800'],
    ['one in a list', [1, ['\udc00']]],
    ['one in a member', { a: { b: '\ud800' } }],
    ['one in a name', { a: [{ '\ud800': 1 }] }],
    ['a member called __proto__', [JSON.parse('{"__proto__": 1}')]],
    ['a member called toJSON', [{ toJSON: 'no function' }]],
  ])('returns undefined for %s, which MessagePack would change', (_, value) => {
    expect(packable(value)).toBeUndefined();
  });
});
