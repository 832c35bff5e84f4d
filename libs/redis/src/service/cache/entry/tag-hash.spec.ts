import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { hashesOfTags, hashOfTag } from './tag-hash.js';

test('the hash of a tag is the first 8 bytes of its SHA-256 in hex, each time', () => {
  for (const tag of ['user:1', 'ü', 'x'.repeat(256)]) {
    const expected = createHash('sha256').update(tag).digest('hex').slice(0, 16);
    expect([hashOfTag(tag), hashOfTag(tag)]).toEqual([expected, expected]);
  }
});

test('the hashes of tags contain each tag once, in their order', () => {
  expect(hashesOfTags(['a', 'b', 'a'])).toEqual([hashOfTag('a'), hashOfTag('b')]);
  expect(hashesOfTags([])).toEqual([]);
});
