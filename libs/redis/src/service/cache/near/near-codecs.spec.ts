import { beforeEach, describe, expect, test } from 'vitest';
import { MemoryAdapter } from '../../../adapters/memory.adapter.js';
import { MONEY, Money } from '../../../../test/codec/support/money.js';
import type { CacheOptions } from '../options/cache-options.js';
import { CacheService } from '../cache.service.js';

const MONEY_CODEC: CacheOptions = { codec: { types: [MONEY] } };

let cache: CacheService;

beforeEach(() => {
  cache = new CacheService(new MemoryAdapter(), { near: true });
});

describe('near copies in a namespace with a codec of its own', () => {
  test('are not used through the same namespace with another codec', async () => {
    const [plain, typed] = [cache.namespace('a'), cache.namespace('a', MONEY_CODEC)];
    await typed.getOrSet('k', () => new Money(5n, 'CHF'));
    expect(await typed.get('k')).toEqual(new Money(5n, 'CHF'));
    expect(typed.peek('k')).toBeInstanceOf(Money);
    expect(plain.peek('k')).toBeUndefined();
    expect(await plain.get('k')).toBeUndefined();
    expect(plain.stats().errors).toEqual({ CODEC_UNSUPPORTED: 1 });
  });

  test('are not used by a codec that accepts other values than the one that filled them', async () => {
    const [plain, strict] = [
      cache.namespace('a'),
      cache.namespace('a', { codec: { encryption: { keys: [{ id: 'k1', secret: Buffer.alloc(32, 1) }] } } }),
    ];
    await plain.getOrSet('k', () => 'not encrypted');
    expect([await plain.get('k'), plain.peek('k')]).toEqual(['not encrypted', 'not encrypted']);
    expect(strict.peek('k')).toBeUndefined();
    expect(await strict.get('k')).toBeUndefined();
  });

  test('are shared by all who use the same options, and end with a change by any of them', async () => {
    const [first, second, plain] = [
      cache.namespace('a', MONEY_CODEC),
      cache.namespace('a', MONEY_CODEC),
      cache.namespace('a'),
    ];
    await first.getOrSet('k', () => new Money(5n, 'CHF'));
    await first.get('k');
    expect(second.peek('k')).toEqual(new Money(5n, 'CHF'));
    await plain.set('k', 'plain');
    expect([first.peek('k'), second.peek('k')]).toEqual([undefined, undefined]);
  });
});

test('a near copy of a value whose application type is one of the store has that type', async () => {
  const typed = new CacheService(new MemoryAdapter({ codec: { types: [MONEY] } }), { near: true });
  await typed.getOrSet('k', () => new Money(5n, 'CHF'));
  await typed.get('k');
  expect(typed.peek('k')).toBeInstanceOf(Money);
});
