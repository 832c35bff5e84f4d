import assert from 'node:assert/strict';
import { rejectsWith, type Contract } from './contract.harness.js';

const VALUES: readonly (readonly [string, unknown])[] = [
  ['null', null],
  ['false', false],
  ['zero', 0],
  ['a negative fraction', -12.75],
  ['the smallest and largest numbers', [Number.MIN_VALUE, Number.MAX_VALUE, Number.MAX_SAFE_INTEGER]],
  ['an integer beyond the safe integers', 2 ** 60],
  ['an empty string', ''],
  ['a string that looks like a number', '42'],
  ['a string that looks like JSON', '{"a":[1]}'],
  ['a string of control characters and quotes', '\u0000\u0001\u001f"\\\r\n\t\u007f'],
  ['strings that look like binary', ['\u00c1R\u0001\u0000', '\u00ff\u00fe', 'C1 52', '\ufffd']],
  ['unicode of every width', 'ä € 漢 🜁 \u200d 👩‍👩‍👧'],
  ['an unpaired surrogate inside a string', 'a\ud800b'],
  ['an empty array and object', [[], {}]],
  ['nested data', { a: [1, { b: null, c: ['x', { d: false }] }], 'key with "quotes"': '' }],
  ['a long string', 'x'.repeat(300_000)],
  ['dates', { at: new Date(1_700_000_000_123), before: new Date(-1) }],
  [
    'maps and sets, also within each other',
    new Map<unknown, unknown>([
      ['a', new Set([1, new Date(5)])],
      [{ k: 1 }, new Map()],
    ]),
  ],
  ['bigints', [2n ** 80n, -1n, 0n]],
  ['numbers that JSON cannot carry', [Number.NaN, Infinity, -Infinity, -0, { deep: -0 }]],
  ['undefined inside an array', [1, undefined, 3]],
  ['a buffer', Buffer.from([0xc1, 0x52, 1, 0, 255])],
  ['an empty buffer', Buffer.alloc(0)],
  [
    'binary of every kind',
    {
      b: Buffer.from('x'),
      u: new Uint8Array([1, 2]),
      f: new Float64Array([1.5, -0]),
      i: new BigInt64Array([-1n]),
      a: new Uint8Array([7]).buffer,
    },
  ],
  ['regular expressions and urls', { r: /a+"b/giu, u: new URL('https://user@host:1/p?q#f') }],
  ['data that looks like an entry of the side table', [['date', 'a'], { '0': 'x' }, [[1], [['date', 0]]]]],
];

export function valueContract({ test, store, freshKey }: Contract): void {
  for (const [name, value] of VALUES) {
    test(`set and get keep ${name}`, async () => {
      const key = freshKey();
      await store().set(key, value);
      assert.deepStrictEqual(await store().get(key), value);
      assert.deepStrictEqual(await store().getMany([key, key]), [value, value]);
    });
  }

  test('null is a value and differs from absent', async () => {
    const key = freshKey();
    assert.equal(await store().get(key), undefined);
    await store().set(key, null);
    assert.equal(await store().get(key), null);
    assert.equal(await store().has(key), true);
  });

  test('writing undefined rejects with VALUE_INVALID', async () => {
    const key = freshKey();
    await rejectsWith('VALUE_INVALID', () => store().set(key, undefined));
    await rejectsWith('VALUE_INVALID', () => store().setMany([{ key, value: undefined }]));
    await rejectsWith('VALUE_INVALID', () => store().hset(key, 'field', undefined));
    assert.equal(await store().has(key), false);
  });

  test('undefined object members are omitted, as in JSON', async () => {
    const key = freshKey();
    await store().set(key, { a: 1, b: undefined });
    assert.deepStrictEqual(await store().get(key), { a: 1 });
  });

  test('a member named __proto__ is stored as an ordinary member', async () => {
    const key = freshKey();
    await store().set(key, JSON.parse('{"__proto__":{"polluted":true}}'));
    const read = await store().get<object>(key);
    assert(read !== undefined && Object.hasOwn(read, '__proto__'));
    assert.equal('polluted' in read, false);
    assert.equal('polluted' in {}, false);
  });

  test('an object with toJSON is stored as the result of toJSON', async () => {
    const key = freshKey();
    await store().set(key, { price: { toJSON: () => ({ amount: '1.20' }) } });
    assert.deepStrictEqual(await store().get(key), { price: { amount: '1.20' } });
  });

  test('returned values are independent of the stored object and of each other', async () => {
    const key = freshKey();
    const original = { list: [1] };
    await store().set(key, original);
    original.list.push(2);
    const read = await store().get<typeof original>(key);
    read?.list.push(3);
    const [first, second] = await store().getMany<typeof original>([key, key]);
    assert.notEqual(first, second);
    assert.deepStrictEqual(first, { list: [1] });
    assert.deepStrictEqual(await store().get(key), { list: [1] });
  });

  refusals({ test, store, freshKey });
}

function refusals({ test, store, freshKey }: Pick<Contract, 'test' | 'store' | 'freshKey'>): void {
  const cycle: Record<string, unknown> = {};
  cycle.self = { again: [cycle] };
  let deep: unknown = 'secret-canary';
  for (let i = 0; i < 2000; i++) deep = { next: deep };
  const refused: readonly (readonly [string, unknown, string])[] = [
    ['a function', { call: () => 'secret-canary' }, '$.call'],
    ['a symbol', new Map([['secret-canary', [Symbol('secret-canary')]]]), '$.values()[0][0]'],
    ['a promise that was not awaited', { later: Promise.resolve('secret-canary') }, '$.later'],
    ['a platform object with private state', { query: new URLSearchParams('secret-canary=1') }, '$.query'],
    ['a weak map', { list: [new WeakMap()] }, '$.list[0]'],
    ['a cycle', cycle, '$.self.again[0]'],
    ['data that is nested too deeply', deep, '$.next.next'],
  ];
  for (const [name, value, path] of refused) {
    test(`refuses ${name} with an error that names its path and leaks no data`, async () => {
      const key = freshKey();
      const writes = [
        () => store().set(key, value),
        () => store().setMany([{ key, value }]),
        () => store().hset(key, 'field', value),
      ];
      for (const write of writes) {
        const error = await rejectsWith('CODEC_SERIALIZE', write);
        assert(error.message.includes(path), error.message);
        assert.equal(`${error.message}${error.stack}${JSON.stringify(error)}`.includes('secret-canary'), false);
      }
      assert.equal(await store().has(key), false);
    });
  }

  test('an error keeps its name, message, code and cause, and loses its stack', async () => {
    const key = freshKey();
    const cause = new TypeError('inner');
    await store().set(key, { error: Object.assign(new RangeError('outer', { cause }), { code: 'E_CODE' }) });
    const read = await store().get<{ error: Error & { code: string } }>(key);
    assert(read?.error instanceof RangeError && read.error.cause instanceof TypeError);
    assert.deepStrictEqual(
      [read.error.message, read.error.code, read.error.cause.message],
      ['outer', 'E_CODE', 'inner'],
    );
  });
}
