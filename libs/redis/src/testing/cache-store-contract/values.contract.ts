import assert from 'node:assert/strict';
import { rejectsWith, type Contract } from './contract.harness.js';

const VALUES: readonly (readonly [string, unknown])[] = [
  ['null', null],
  ['false', false],
  ['zero', 0],
  ['a negative fraction', -12.75],
  ['the smallest and largest numbers', [Number.MIN_VALUE, Number.MAX_VALUE, Number.MAX_SAFE_INTEGER]],
  ['an empty string', ''],
  ['a string that looks like a number', '42'],
  ['a string that looks like JSON', '{"a":[1]}'],
  ['a string of control characters and quotes', '\u0000\u0001\u001f"\\\r\n\t\u007f'],
  ['strings that look like binary', ['\u00c1R\u0001\u0000', '\u00ff\u00fe', 'C1 52', '\ufffd']],
  ['unicode of every width', 'ä € 漢 🜁 \u200d 👩‍👩‍👧'],
  ['a lone surrogate inside a string', 'a\ud800b'],
  ['an empty array and object', [[], {}]],
  ['nested data', { a: [1, { b: null, c: ['x', { d: false }] }], 'key with "quotes"': '' }],
  ['a long string', 'x'.repeat(300_000)],
];

export function valueContract({ test, store, freshKey }: Contract): void {
  for (const [name, value] of VALUES) {
    test(`keeps ${name}`, async () => {
      const key = freshKey();
      await store().set(key, value);
      assert.deepStrictEqual(await store().get(key), value);
      assert.deepStrictEqual(await store().getMany([key, key]), [value, value]);
    });
  }

  test('tells null from absent', async () => {
    const key = freshKey();
    assert.equal(await store().get(key), undefined);
    await store().set(key, null);
    assert.equal(await store().get(key), null);
    assert.equal(await store().has(key), true);
  });

  test('refuses undefined, which means absent', async () => {
    const key = freshKey();
    await rejectsWith('VALUE_INVALID', () => store().set(key, undefined));
    await rejectsWith('VALUE_INVALID', () => store().setMany([{ key, value: undefined }]));
    await rejectsWith('VALUE_INVALID', () => store().hset(key, 'field', undefined));
    assert.equal(await store().has(key), false);
  });

  test('leaves out object members that are undefined, as JSON does', async () => {
    const key = freshKey();
    await store().set(key, { a: 1, b: undefined });
    assert.deepStrictEqual(await store().get(key), { a: 1 });
  });

  test('keeps a member named __proto__ as a member', async () => {
    const key = freshKey();
    await store().set(key, JSON.parse('{"__proto__":{"polluted":true}}'));
    const read = await store().get<object>(key);
    assert(read !== undefined && Object.hasOwn(read, '__proto__'));
    assert.equal('polluted' in read, false);
    assert.equal('polluted' in {}, false);
  });

  test('keeps what toJSON gives of an object that has it', async () => {
    const key = freshKey();
    await store().set(key, { price: { toJSON: () => ({ amount: '1.20' }) } });
    assert.deepStrictEqual(await store().get(key), { price: { amount: '1.20' } });
  });

  test('hands out values that are independent of what was given and of each other', async () => {
    const key = freshKey();
    const given = { list: [1] };
    await store().set(key, given);
    given.list.push(2);
    const read = await store().get<typeof given>(key);
    read?.list.push(3);
    const [one, other] = await store().getMany<typeof given>([key, key]);
    assert.notEqual(one, other);
    assert.deepStrictEqual(one, { list: [1] });
    assert.deepStrictEqual(await store().get(key), { list: [1] });
  });

  refusals({ test, store, freshKey });
}

function refusals({ test, store, freshKey }: Pick<Contract, 'test' | 'store' | 'freshKey'>): void {
  const cycle: Record<string, unknown> = {};
  cycle.self = cycle;
  const refused: readonly (readonly [string, unknown, string])[] = [
    ['a Buffer', { files: [{ body: Buffer.from('secret-canary') }] }, '$.files[0].body'],
    ['a typed array', [1, new Uint8Array(2)], '$[1]'],
    ['a Date', { at: new Date() }, '$.at'],
    ['a Map', new Map([['secret-canary', 1]]), '$'],
    ['a Set', { tags: new Set(['secret-canary']) }, '$.tags'],
    ['a bigint', { n: 1n }, '$.n'],
    ['NaN', [Number.NaN], '$[0]'],
    ['an infinity', { n: -Infinity }, '$.n'],
    ['negative zero', { n: -0 }, '$.n'],
    ['undefined in an array', [1, undefined], '$[1]'],
    ['a function', { call: () => 'secret-canary' }, '$.call'],
    ['a symbol', { s: Symbol('secret-canary') }, '$.s'],
    ['a promise somebody forgot to await', { later: Promise.resolve(1) }, '$.later'],
    ['an error', { e: new Error('secret-canary') }, '$.e'],
  ];
  for (const [name, value, path] of refused) {
    test(`refuses ${name}, naming where it stands and nothing of it`, async () => {
      const key = freshKey();
      const writes = [
        () => store().set(key, value),
        () => store().setMany([{ key, value }]),
        () => store().hset(key, 'field', value),
      ];
      for (const write of writes) {
        const error = await rejectsWith('CODEC_SERIALIZE', write);
        assert(error.message.includes(`${path} is`), error.message);
        assert.equal(`${error.message}${error.stack}${JSON.stringify(error)}`.includes('secret-canary'), false);
      }
      assert.equal(await store().has(key), false);
    });
  }

  test('refuses a cycle instead of running for ever', async () => {
    await rejectsWith('CODEC_SERIALIZE', () => store().set(freshKey(), cycle));
  });
}
