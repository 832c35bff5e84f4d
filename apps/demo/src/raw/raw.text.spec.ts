import { describe, expect, it } from 'vitest';
import { pageText, rawPath, valueText } from './raw.text.js';

const value = { key: 'cache:a', bytes: Buffer.from('{"n":1}'), codec: 'plain', ttlMs: 1500 };

describe('the text of a stored value', () => {
  it('shows key, size, codec, ttl and bytes', () => {
    expect(valueText(value)).toBe(`key        cache:a
size       7 bytes
stored as  plain
lives for  1.5 s

00000000  7b 22 6e 22 3a 31 7d                              |{"n":1}|
`);
  });

  it('shows the first 256 bytes, and the number of the others', () => {
    const text = valueText({ ...value, bytes: Buffer.alloc(300), ttlMs: null });
    expect(text.match(/^0000/gm)).toHaveLength(16);
    expect(text).toMatch(/lives for {2}ever\n/);
    expect(text).toMatch(/… and 44 more bytes\n$/);
  });
});

describe('the text of a page of stored values', () => {
  it('has one line for each value, with the path that shows it', () => {
    const sealed = { ...value, key: 'cache:searches::a%20b:1', bytes: Buffer.alloc(1000), codec: 'sealed' };
    expect(pageText({ values: [sealed, value], more: true })).toBe(
      `   7 bytes  plain   /demo/raw/cache:a
1000 bytes  sealed  /demo/raw/cache:searches::a%2520b:1
… and others
`,
    );
  });

  it('states that nothing is stored', () => {
    expect(pageText({ values: [], more: false })).toMatch(/^Nothing is stored yet/);
  });

  it('has a path to every key', () => {
    const key = 'cache:searches::%E6%9D%B1 /?#:1';
    expect(decodeURIComponent(rawPath(key))).toBe(`/demo/raw/${key}`);
  });
});
