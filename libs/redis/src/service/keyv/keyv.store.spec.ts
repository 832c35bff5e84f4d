import { Keyv } from 'keyv';
import { describe, expect, it } from 'vitest';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import { MemoryAdapter } from '../../adapters/memory.adapter.js';
import type { CacheStore } from '../../domain/cache-store.js';
import { CacheService } from '../cache/cache.service.js';
import { KeyvStore } from './keyv.store.js';

/** A store whose data calls all fail. */
function failingStore(): CacheStore {
  const store = new MemoryAdapter();
  const fail = (): Promise<never> => Promise.reject(new RedisInfraError('CONNECTION_FAILED', 'Redis is unavailable'));
  const can = { keys: { ...store.can.keys, removeAll: fail } };
  return new Proxy<CacheStore>(store, { get: (_, name) => (name === 'can' ? can : fail) });
}

async function entriesOf(keyv: Keyv): Promise<unknown[]> {
  const entries: unknown[] = [];
  for await (const entry of keyv.iterator?.(undefined) ?? []) entries.push(entry);
  return entries;
}

describe('KeyvStore', () => {
  it('stores values under its prefix, the namespace and two colons', async () => {
    const memory = new MemoryAdapter();
    const keyv = new Keyv({ store: new KeyvStore(memory), namespace: 'cities', useKeyPrefix: false });
    await keyv.set('bern', 1);
    await new Keyv({ store: new KeyvStore(memory, { keyPrefix: '' }), namespace: 'x', useKeyPrefix: false }).set(
      'y',
      1,
    );
    expect(await memory.has('keyv:cities::bern')).toBe(true);
    expect(await memory.has('x::y')).toBe(true);
    await new KeyvStore(memory).set('none', 1);
    expect(await memory.has('keyv::none')).toBe(true);
  });

  it('returns rich values as they were when Keyv does not serialise', async () => {
    const options = { serialize: undefined, deserialize: undefined };
    const keyv = new Keyv({ store: new KeyvStore(new MemoryAdapter({ store: 'encoded' })), ...options });
    const value = { at: new Date(0), seen: new Map([['a', 1n]]) };
    await keyv.set('key', value);
    expect(await keyv.get('key')).toEqual(value);
    expect(await keyv.getMany(['key', 'none'])).toEqual([value, undefined]);
  });

  it('lets the store expire a value after the ttl in milliseconds', async () => {
    const memory = new MemoryAdapter();
    const store = new KeyvStore(memory, { keyPrefix: '' });
    await store.set('key', 'value', 90_000);
    await store.setMany([
      { key: 'a', value: 1, ttl: 90_000 },
      { key: 'b', value: 2 },
      { key: 'c', value: 3, ttl: 0 },
    ]);
    expect(await memory.ttl(':key')).toBeCloseTo(90, 0);
    expect(await memory.ttl(':a')).toBeCloseTo(90, 0);
    expect(await memory.ttl(':b')).toBeNull();
    expect(await memory.ttl(':c')).toBeNull();
  });

  it('removes and iterates the keys of its namespace only', async () => {
    const memory = new MemoryAdapter();
    await memory.set('keyv:a', 'not from Keyv');
    const [a, ab, none] = ['a', 'a:b', undefined].map(
      (namespace) => new Keyv({ store: new KeyvStore(memory), namespace, useKeyPrefix: false }),
    ) as [Keyv, Keyv, Keyv];
    for (const keyv of [a, ab, none]) await keyv.set('b::key', keyv.namespace ?? 'none');
    expect(await entriesOf(a)).toEqual([['b::key', 'a']]);
    await a.clear();
    expect(await Promise.all([a, ab, none].map((keyv) => keyv.get('b::key')))).toEqual([undefined, 'a:b', 'none']);
    await none.clear();
    expect(await ab.get('b::key')).toBe('a:b');
    expect(await memory.has('keyv:a')).toBe(true);
  });

  it.each(['a::b', 'a:', ':a', '::', ''])(
    'refuses the namespace %j, whose keys could be those of another',
    (namespace) => {
      const store = new KeyvStore(new MemoryAdapter());
      expect(() => (store.namespace = namespace)).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }));
    },
  );

  it('walks a namespace of a CacheService', async () => {
    const cache = new CacheService(new MemoryAdapter());
    await cache.set('other', 1);
    const keyv = new Keyv({ store: new KeyvStore(cache), namespace: 'cities' });
    await keyv.set('bern', 1);
    expect(await entriesOf(keyv)).toEqual([['bern', 1]]);
    await keyv.clear();
    expect([await keyv.get('bern'), await cache.get('other')]).toEqual([undefined, 1]);
  });

  it('is UNSUPPORTED to clear and to iterate on a store that cannot scan', async () => {
    const memory: CacheStore = Object.assign(Object.create(new MemoryAdapter()), { can: undefined });
    const store = new KeyvStore(memory);
    await expect(store.clear()).rejects.toMatchObject({ code: 'UNSUPPORTED' });
    await expect(store.iterator().next()).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  });
});

describe('KeyvStore on a store that fails', () => {
  it('emits error and misses on reads', async () => {
    const keyv = new Keyv({ store: new KeyvStore(failingStore()) });
    const errors: unknown[] = [];
    keyv.on('error', (error) => errors.push(error));
    expect(await keyv.get('a')).toBeUndefined();
    expect(await keyv.getMany(['a', 'b'])).toEqual([undefined, undefined]);
    expect(await keyv.getRaw('a')).toBeUndefined();
    expect(await keyv.has('a')).toBe(false);
    expect(await keyv.hasMany(['a', 'b'])).toEqual([false, false]);
    expect(errors).toEqual(Array.from({ length: 5 }, () => expect.objectContaining({ code: 'CONNECTION_FAILED' })));
  });

  it('makes Keyv emit error once for each write, and return false', async () => {
    const keyv = new Keyv({ store: new KeyvStore(failingStore()) });
    const errors: unknown[] = [];
    keyv.on('error', (error) => errors.push(error));
    expect(await keyv.set('a', 1)).toBe(false);
    expect(await keyv.setMany([{ key: 'a', value: 1 }])).toEqual([false]);
    expect(await keyv.delete('a')).toBe(false);
    expect(await keyv.deleteMany(['a'])).toBe(false);
    await keyv.clear();
    expect(errors).toHaveLength(5);
  });

  it('does not throw without a listener', async () => {
    const store = new KeyvStore(failingStore());
    expect(await store.get('a')).toBeUndefined();
  });

  it('rejects with throwOnErrors', async () => {
    const store = new KeyvStore(failingStore(), { throwOnErrors: true });
    const keyv = new Keyv({ store, throwOnErrors: true });
    await expect(keyv.get('a')).rejects.toMatchObject({ code: 'CONNECTION_FAILED' });
    await expect(keyv.set('a', 1)).rejects.toMatchObject({ code: 'CONNECTION_FAILED' });
    await expect(keyv.hasMany(['a'])).rejects.toMatchObject({ code: 'CONNECTION_FAILED' });
  });
});

describe('KeyvStore.disconnect', () => {
  it('closes a connection of its own', async () => {
    const store = new KeyvStore('memory://');
    await store.set('a', 1);
    await new Keyv({ store }).disconnect();
    await expect(store.set('a', 1)).rejects.toMatchObject({ code: 'CLOSED' });
  });

  it('leaves a store that was passed in connected', async () => {
    const memory = new MemoryAdapter();
    await new Keyv({ store: new KeyvStore(memory) }).disconnect();
    await expect(memory.set('a', 1)).resolves.toBeUndefined();
  });
});
