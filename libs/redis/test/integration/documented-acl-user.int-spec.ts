import { describe, expect, test } from 'vitest';
import { CacheService } from '../../src/service/cache/cache.service.js';
import type { SetOptions } from '../../src/service/cache/options/set-options.js';
import { read } from '../docs/workspace.js';
import { eventually } from '../support/eventually.js';
import { resourcesPerTest } from '../support/started.js';

const started = resourcesPerTest();

/** The rules that the guide shows, without the name and the password of its user. */
const RULES = /^ACL SETUSER shop on >\S+ (.+)$/m.exec(read('docs/guides/connecting.md'))?.[1] ?? '';
const OPTIONS: SetOptions = { staleWhileRevalidate: '1m', tags: ['t'] };

async function caches(rules: string, count: number): Promise<CacheService[]> {
  const users = { shop: { password: 'a password of the test', rules } };
  const server = await started.server({ users });
  return Array.from({ length: count }, () => {
    const adapter = started.adapter(server.urlOf({ user: 'shop' }), { keyPrefix: 'shop:' });
    return new CacheService(adapter, { near: true, loadTimeout: '5s' });
  });
}

describe('a user with the documented ACL rules', () => {
  test('may use every part of a cache, and nothing is refused', async () => {
    const [cache, other] = (await caches(RULES, 2)) as [CacheService, CacheService];
    const errors: string[] = [];
    for (const { on } of [cache, other]) {
      on('error', ({ operation, error }) => void errors.push(`${operation} ${error.code}`));
      on('untracked', ({ code }) => void errors.push(`untracked ${code}`));
    }
    let finish = (_value: string): void => {};
    const loaded = new Promise<string>((resolve) => (finish = resolve));
    const loading = cache.getOrSet('loaded', () => loaded, OPTIONS);
    await eventually(async () => (await cache.inspect('loaded')).why.includes('running'));
    const waiting = other.getOrSet('loaded', () => 'a second load', OPTIONS);
    await eventually(() => other.stats().coalesced === 1);
    finish('one load');
    expect(await Promise.all([loading, waiting])).toEqual(['one load', 'one load']);

    await cache.set('plain', 1, '1m');
    await cache.set('entry', 2, OPTIONS);
    await cache.setMany([{ key: 'many', value: 3 }]);
    expect(await cache.getMany(['plain', 'entry', 'many'])).toEqual([1, 2, 3]);
    await eventually(async () => (await cache.get('plain')) === 1 && cache.peek('plain') === 1);
    expect(await cache.expire('entry', '2m')).toBe(true);
    expect(await cache.incr('count')).toBe(1);
    await cache.hset('hash', 'field', 1);
    expect([await cache.hgetall('hash'), await cache.hdel('hash', 'field')]).toEqual([{ field: 1 }, 1]);
    await cache.getOrSet('failing', () => Promise.reject(new Error('no')), { errorTtl: '1s' }).catch(() => {});
    await cache.invalidateTags(['t']);
    expect(await cache.get('entry')).toBeUndefined();
    expect(await cache.delete('plain')).toBe(true);
    await cache.namespace('inner').set('a', 1);
    expect((await cache.flush()).removed).toBeGreaterThan(0);
    expect(errors).toEqual([]);
  });

  test.each(['+client|tracking', '+subscribe', '&__redis__:invalidate'])(
    'gets no near copies that follow changes without %s, and everything else works',
    async (rule) => {
      const [cache] = (await caches(RULES.replace(` ${rule}`, ''), 1)) as [CacheService];
      const codes: unknown[] = [];
      cache.on('untracked', ({ code }) => void codes.push(code));
      expect(await cache.getOrSet('a', () => 1)).toBe(1);
      await eventually(() => codes.length === 1);
      expect([codes, await cache.get('a')]).toEqual([['COMMAND_FAILED'], 1]);
    },
  );
});
