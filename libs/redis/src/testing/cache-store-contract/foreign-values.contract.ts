import assert from 'node:assert/strict';
import type { Contract } from './contract.harness.js';

export function foreignValueContract({ test, options, prefix, store, freshKey }: Contract): void {
  const { writeRaw } = options;
  if (writeRaw === undefined) return;
  const cases: readonly (readonly [string, Buffer, unknown])[] = [
    ['JSON written by another language', Buffer.from(' {"a" : [1, 2.50]}\n'), { a: [1, 2.5] }],
    ['text that is not JSON as a string', Buffer.from('hello wörld'), 'hello wörld'],
    ['zero bytes as an empty string', Buffer.alloc(0), ''],
    ['an integer beyond the safe integers as a bigint', Buffer.from('9223372036854775807'), 9223372036854775807n],
    ['bytes that are not UTF-8 as a Buffer', Buffer.from([0xff, 0x00, 0xfe]), Buffer.from([0xff, 0x00, 0xfe])],
  ];
  for (const [name, bytes, value] of cases) {
    test(`get and getMany read ${name}`, async () => {
      const key = freshKey();
      await writeRaw(prefix + key, bytes);
      assert.deepStrictEqual(await store().get(key), value);
      assert.deepStrictEqual(await store().getMany([key]), [value]);
    });
  }
}
