import { beforeEach, describe, expect, test, vi } from 'vitest';
import { deferred, entriesOf } from '../../../test/support/cache.js';
import { RedisAdapter } from '../../adapters/redis.adapter.js';
import { CacheService } from './cache.service.js';

let store: RedisAdapter;
let inner: CacheService;
let outer: CacheService;

beforeEach(() => {
  store = new RedisAdapter('memory://');
  inner = new CacheService(store, { namespace: 'inner', near: { coherence: 'ttl' } });
  outer = new CacheService(inner, { namespace: 'outer' });
});

/** The keys of values in the store. */
async function keys(): Promise<string[]> {
  const found: string[] = [];
  for await (const batch of store.can.keys?.scan({ prefix: 'inner:' }) ?? []) found.push(...batch.keys);
  return found.sort();
}

describe('a cache on top of a cache', () => {
  test('passes the same scope with each call, also of a view with limits, because stores keep tables by scope', async () => {
    const read = vi.spyOn(entriesOf(store), 'read');
    await outer.get('a');
    await outer.get('b');
    await outer.with({ deadline: '5s' }).get('c');
    const scopes = new Set(read.mock.calls.map(([, scope]) => scope));
    expect([...scopes]).toEqual([{ prefixes: ['inner:', 'inner:outer:'] }]);
  });

  test.each(['k', 'a::b', ':k'])('removes the key %j with its flush', async (key) => {
    await outer.set(key, 1);
    await inner.set('of the inner cache', 2);
    expect(await outer.flush()).toMatchObject({ removed: 1 });
    expect(await keys()).toEqual(['inner:of the inner cache']);
  });

  test('removes the keys of its namespaces with its flush, also if there are three caches', async () => {
    const third = new CacheService(outer, { namespace: 'third' });
    for (const key of ['k', 'a::b']) {
      await third.set(key, 1);
      await third.namespace('n').set(key, 1);
    }
    expect(await third.flush()).toMatchObject({ removed: 4 });
    expect(await keys()).toEqual([]);
  });

  test.each(['k', 'a::b'])('drops the near copies that the inner cache keeps of the key %j', async (key) => {
    const at = `outer:${key.includes('::') ? ':' : ''}${key}`;
    await outer.set(key, 1);
    await inner.get(at);
    await vi.waitFor(() => expect(inner.peek(at)).toBe(1));
    await outer.flush({ wait: false });
    expect(inner.peek(at)).toBeUndefined();
  });

  test('drops the near copies of the inner cache when a tag is invalidated', async () => {
    await outer.getOrSet('k', () => 1, { tags: ['t'] });
    await inner.get('outer:k');
    expect(inner.peek('outer:k')).toBe(1);
    await outer.invalidateTags('t');
    expect(inner.peek('outer:k')).toBeUndefined();
  });

  test('does not store a load of the inner cache that began before its flush', async () => {
    const { promise, give } = deferred<number>();
    const loading = inner.getOrSet('outer:k', () => promise);
    await vi.waitFor(() => expect(inner.stats().loads).toBe(1));
    await outer.flush();
    give(1);
    expect(await loading).toBe(1);
    expect(await outer.get('k')).toBeUndefined();
  });
});
