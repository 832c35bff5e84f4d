import assert from 'node:assert/strict';
import { rejectsWith } from '../cache-store-contract/contract.harness.js';
import { leaseRequest, metaOf, ownPrefix, type EntryContract } from './entry-contract.harness.js';

const BRACES = ['{a}b', 'a{', '}{', '{}x', '{', 'a}b{c}d', '{{x}}'];

export function entryReadContract(suite: EntryContract): void {
  const { test, store, entries, has, freshKey, freshScope } = suite;

  test('read, readMany and readValue return an entry with its meta, its size and the time of the server', async () => {
    const scope = freshScope();
    const key = freshKey(scope);
    const { nowMs, versions } = await entries().read(key, scope);
    const meta = metaOf(nowMs, versions.clock, ['0123456789abcdef', 'fedcba9876543210']);
    const value = { name: 'Ada', born: [1815] };
    await entries().write(key, { value, meta, ttlMs: 120_000 });
    const [many] = await entries().readMany([key], scope);
    const reads = [await entries().read(key, scope), many, await entries().readValue(key)];
    for (const read of reads) {
      assert.deepStrictEqual(read?.stored?.value, value);
      assert.deepStrictEqual(read?.stored?.meta, has('meta') ? meta : undefined);
      assert.equal(read?.unreadable, undefined);
      assert(read !== undefined && read.nowMs >= nowMs, 'the time of the server went back');
      if (has('meta')) assert(read.bytes !== undefined && read.bytes > 0);
    }
  });

  test('decode returns the value and the meta of the bytes of an earlier read, also after the key has changed', async () => {
    const scope = freshScope();
    const [key, plain] = [freshKey(scope), freshKey(scope)];
    const { nowMs, versions } = await entries().read(key, scope);
    const meta = metaOf(nowMs, versions.clock, ['0123456789abcdef']);
    await entries().write(key, { value: { name: 'Ada' }, meta, ttlMs: 120_000 });
    await entries().write(plain, { value: 'plain', meta: undefined, ttlMs: 120_000 });
    const [many] = await entries().readMany([key], scope);
    const reads = [await entries().read(key, scope), many, await entries().readValue(key)];
    const copies = reads.map((read) => read?.encoded && Buffer.from(read.encoded));
    const { encoded: plainBytes } = await entries().acquire(plain, leaseRequest());
    await entries().remove([key, plain]);
    for (const [i, encoded] of copies.entries()) {
      assert.equal(encoded !== undefined, entries().decode !== undefined);
      if (encoded === undefined) continue;
      assert.equal(encoded.length, reads[i]?.bytes);
      const decoded = await entries().decode?.(key, encoded);
      assert.deepStrictEqual([decoded?.value, decoded?.meta], [{ name: 'Ada' }, meta]);
    }
    if (plainBytes === undefined) return;
    const decoded = await entries().decode?.(plain, plainBytes);
    assert.deepStrictEqual([decoded?.value, decoded?.meta], ['plain', undefined]);
  });

  test('readValues returns what readValue returns, in the order of the keys, duplicates included', async () => {
    const scope = freshScope();
    const [entry, plain, hash, absent] = [freshKey(scope), freshKey(scope), freshKey(scope), freshKey(scope)];
    const { nowMs, versions } = await entries().read(entry, scope);
    await entries().write(entry, { value: { name: 'Ada' }, meta: metaOf(nowMs, versions.clock), ttlMs: 120_000 });
    await entries().write(plain, { value: 'plain', meta: undefined, ttlMs: 120_000 });
    await entries().hset(hash, 'field', 1, 120_000);
    const keys = [plain, absent, entry, hash, plain];
    const expected = await Promise.all(keys.map((key) => entries().readValue(key)));
    const reads = (await entries().readValues?.(keys)) ?? expected;
    assert.deepStrictEqual(
      reads.map(({ stored, unreadable, bytes }) => ({ stored, unreadable, bytes })),
      expected.map(({ stored, unreadable, bytes }) => ({ stored, unreadable, bytes })),
    );
    // Of each key: the keys may be on servers with different clocks.
    for (const [i, { nowMs: atMs }] of reads.entries())
      assert(atMs >= (expected[i]?.nowMs ?? Infinity), 'the time of the server went back');
    assert.deepStrictEqual((await entries().readValues?.([])) ?? [], []);
  });

  test('now returns the time of the server, as reads do', async () => {
    const key = freshKey();
    const before = await entries().readValue(key);
    const nowMs = await entries().now(key);
    const after = await entries().readValue(key);
    assert(nowMs >= before.nowMs - 1 && nowMs <= after.nowMs + 1, `${nowMs} of ${before.nowMs} to ${after.nowMs}`);
  });

  test('a read of an absent key returns no value and no size', async () => {
    const { stored, unreadable, bytes, encoded } = await entries().readValue(freshKey());
    assert.deepStrictEqual([stored, unreadable, bytes, encoded], [undefined, undefined, undefined, undefined]);
  });

  test('a read of a hash returns no value', async () => {
    const scope = freshScope();
    const key = freshKey(scope);
    await entries().hset(key, 'field', 1, undefined);
    const { stored, unreadable } = await entries().read(key, scope);
    assert.deepStrictEqual([stored, unreadable], [undefined, undefined]);
  });

  test('plain values and counters have no meta, also those that the plain calls of the store wrote', async () => {
    const scope = freshScope();
    const keys = [freshKey(scope), freshKey(scope), freshKey(scope)] as const;
    await store().set(keys[0], { plain: true });
    await entries().write(keys[1], { value: null, meta: undefined, ttlMs: undefined });
    await entries().incr(keys[2], 5, undefined);
    const reads = await entries().readMany(keys, scope);
    assert.deepStrictEqual(
      reads.map(({ stored }) => [stored?.value, stored?.meta]),
      [
        [{ plain: true }, undefined],
        [null, undefined],
        [5, undefined],
      ],
    );
  });

  test('get of the store returns the value of an entry', async () => {
    const key = freshKey();
    const { nowMs } = await entries().readValue(key);
    await entries().write(key, { value: ['v'], meta: metaOf(nowMs, 1), ttlMs: 60_000 });
    assert.deepStrictEqual(await store().get(key), ['v']);
    assert.deepStrictEqual(await store().getMany([key]), [['v']]);
  });

  test('readMany keeps the order of its keys and their duplicates, and returns independent values', async () => {
    const scope = freshScope();
    const [a, b, absent] = [freshKey(scope), freshKey(scope), freshKey(scope)];
    await entries().writeMany([
      { key: a, value: { of: 'a' }, meta: undefined, ttlMs: undefined },
      { key: b, value: { of: 'b' }, meta: undefined, ttlMs: 60_000 },
    ]);
    const reads = await entries().readMany<{ of: string }>([b, absent, a, b], scope);
    assert.deepStrictEqual(
      reads.map(({ stored }) => stored?.value),
      [{ of: 'b' }, undefined, { of: 'a' }, { of: 'b' }],
    );
    assert.notEqual(reads[0]?.stored?.value, reads[3]?.stored?.value);
    assert.deepStrictEqual(await entries().readMany([], scope), []);
  });

  test('keys with braces have values and leases of their own', async () => {
    const scope = freshScope();
    const keys = BRACES.map((name) => ownPrefix(scope) + name);
    const loads = keys.map((key) => ({ key, lease: leaseRequest() }));
    for (const { key, lease } of loads)
      assert.equal((await entries().acquire(key, lease)).status, 'acquired', `the lease of ${key}`);
    for (const { key, lease } of loads)
      assert.equal(await entries().publish(key, lease.token, { value: key, meta: undefined, ttlMs: undefined }), true);
    const reads = await entries().readMany(keys, scope);
    assert.deepStrictEqual(
      reads.map(({ stored }) => stored?.value),
      keys,
    );
    assert.equal((await entries().remove(keys)).removed, keys.length);
  });

  test('a value that cannot be read is reported and spoils no other key', async () => {
    const scope = freshScope();
    const [sealed, plain] = [freshKey(scope), freshKey(scope)];
    const codec = store().can?.codec;
    assert(codec !== undefined, 'the suite needs a store with another codec to write a value that is unreadable');
    const keys = [{ id: 'other', secret: 'the secret of another application' }];
    await codec.with({ encryption: { keys } }).set(sealed, 'secret-canary');
    await store().set(plain, 1);
    const [unreadable, readable] = await entries().readMany([sealed, plain], scope);
    const reads = [
      unreadable,
      await entries().read(sealed, scope),
      await entries().readValue(sealed),
      await entries().acquire(sealed, leaseRequest()),
    ];
    for (const read of reads) {
      assert.equal(read?.stored, undefined);
      assert.match(String(read?.unreadable?.code), /^CODEC_/);
      assert.equal(String(read?.unreadable?.message).includes('secret-canary'), false);
      const { encoded, unreadable: { code } = {} } = read ?? {};
      if (encoded !== undefined) await rejectsWith(String(code), async () => entries().decode?.(sealed, encoded));
    }
    assert.equal(readable?.stored?.value, 1);
  });

  test('undefined cannot be stored', async () => {
    const [key, other] = [freshKey(), freshKey()];
    const entry = { value: undefined, meta: undefined, ttlMs: undefined };
    await rejectsWith('VALUE_INVALID', () => entries().write(key, entry));
    await rejectsWith('VALUE_INVALID', () => entries().hset(key, 'field', undefined, undefined));
    await rejectsWith('VALUE_INVALID', () =>
      entries().writeMany([
        { ...entry, key: other, value: 1 },
        { ...entry, key },
      ]),
    );
    assert.equal(await store().has(key), false);
  });
}
