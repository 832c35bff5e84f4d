import { beforeEach, describe, expect, test } from 'vitest';
import { RedisInfraError } from '../../../common/redis-infra.error.js';
import type { FeedListener, InvalidationFeed, ScopeVersions } from '../../../domain/entry-store.js';
import type { FillToken } from '../../copies/fill-tokens.js';
import { copyCodecOf } from './copy-codec.js';
import { NearCache } from './near-cache.js';
import type { NearFill } from './near-copy.js';
import { resolveNear, type NearOptions } from './near-options.js';

const CODEC = copyCodecOf(undefined);

/** A feed that the test operates. */
class FakeFeed implements InvalidationFeed {
  readonly allowsCopies = true;
  rootPrefix: string | undefined;
  isClosed = false;
  listener: FeedListener | undefined;
  private confirmed = 0;

  get confirmedMs(): number {
    return this.confirmed;
  }

  set confirmedMs(confirmedMs: number) {
    this.confirmed = confirmedMs;
    this.listener?.onConfirmed();
  }

  subscribe(rootPrefix: string, listener: FeedListener): { readonly confirmedMs: number; close(): void } {
    this.rootPrefix = rootPrefix;
    this.listener = listener;
    const confirmedMs = (): number => this.confirmedMs;
    return {
      get confirmedMs() {
        return confirmedMs();
      },
      close: () => void (this.isClosed = true),
    };
  }

  invalidate(keys: readonly string[] | null): void {
    this.listener?.onInvalidate(keys);
  }
}

const REFUSAL = new RedisInfraError('COMMAND_FAILED', 'CLIENT TRACKING: NOPERM');

let feed: FakeFeed;
let versionChanges: number;
let refusals: (RedisInfraError | undefined)[];

beforeEach(() => {
  feed = new FakeFeed();
  versionChanges = 0;
  refusals = [];
});

function nearOf(options: NearOptions = {}, source: InvalidationFeed | undefined = feed, isDecoding = true): NearCache {
  const resolved = resolveNear(options, 'near');
  if (resolved === undefined) throw new Error('near is off');
  return new NearCache({
    options: resolved,
    feed: source,
    rootPrefix: 'cache:',
    isDecoding,
    onVersions: () => versionChanges++,
    onUntracked: (refusal) => refusals.push(refusal),
  });
}

function keep(near: NearCache, key: string, value: unknown, fill: Partial<NearFill> = {}, nowMs = 0): boolean {
  return end(near, near.beginFill(`cache:${key}`), value, fill, nowMs);
}

/** Ends a fill with the value that was read. */
function end(near: NearCache, token: FillToken, value: unknown, fill: Partial<NearFill> = {}, nowMs = 0): boolean {
  const { kept } = near.divide(token, value, CODEC);
  return near.endFill(token, { codec: CODEC, freshUntilMs: Infinity, clock: undefined, ...fill, kept }, nowMs);
}

function valueAt(near: NearCache, key: string, nowMs = 0, versions?: ScopeVersions): unknown {
  const copy = near.peek(`cache:${key}`, nowMs, versions);
  return copy === undefined ? undefined : copy.value();
}

describe('a near copy', () => {
  test('is used until its value becomes stale, however late it was kept', () => {
    const near = nearOf();
    feed.confirmedMs = Infinity;
    keep(near, 'k', 1, { freshUntilMs: 1500 }, 1000);
    expect([valueAt(near, 'k', 1499), valueAt(near, 'k', 1500)]).toEqual([1, undefined]);
  });

  test('is used for at most near.ttl', () => {
    const near = nearOf({ ttl: '100ms' });
    keep(near, 'k', 1, {}, 50);
    expect([valueAt(near, 'k', 149), valueAt(near, 'k', 150)]).toEqual([1, undefined]);
  });

  test('is used only if the feed was up to date less than a second ago', () => {
    const near = nearOf();
    keep(near, 'k', 1);
    expect([valueAt(near, 'k', 999), valueAt(near, 'k', 1000)]).toEqual([1, undefined]);
    feed.confirmedMs = 500;
    expect(valueAt(near, 'k', 1499)).toBe(1);
    feed.confirmedMs = -Infinity;
    expect(valueAt(near, 'k', 0)).toBeUndefined();
    expect(near.find('cache:k')).toBeDefined();
  });

  test('is dropped when its key changes, and when any key may have changed', () => {
    const near = nearOf();
    for (const key of ['a', 'b', 'c']) keep(near, key, key);
    feed.invalidate(['cache:a', 'cache:other']);
    expect(['a', 'b', 'c'].map((key) => valueAt(near, key))).toEqual([undefined, 'b', 'c']);
    near.drop('cache:b');
    expect(valueAt(near, 'b')).toBeUndefined();
    feed.invalidate(null);
    expect(near.stats).toMatchObject({ entries: 0, bytes: 0 });
  });

  test('is not used when a flush or an invalidation of its tags is newer than its clock', () => {
    const near = nearOf();
    keep(near, 'entry', 1, { clock: 10 });
    keep(near, 'tagged', 1, { clock: 10, tags: ['0123456789abcdef'] });
    keep(near, 'plain', 1);
    const used = (versions: Partial<ScopeVersions>): string[] =>
      ['entry', 'tagged', 'plain'].filter(
        (key) =>
          near.peek(`cache:${key}`, 0, { clock: 20, floor: 0, tagged: 0, isSweeping: false, ...versions }) !==
          undefined,
      );
    expect(used({ floor: 10, tagged: 10 })).toEqual(['entry', 'tagged', 'plain']);
    expect(used({ tagged: 11 })).toEqual(['entry', 'plain']);
    expect(used({ floor: 11 })).toEqual(['plain']);
    expect(used({ isSweeping: true })).toEqual(['entry', 'tagged']);
  });

  test('shares nothing with the value that was kept, nor with the values of other hits', () => {
    const near = nearOf();
    const value = { list: [1], at: new Date(5), map: new Map([['k', { n: 1 }]]) };
    keep(near, 'k', value);
    value.list.push(2);
    value.map.clear();
    const expected = { list: [1], at: new Date(5), map: new Map([['k', { n: 1 }]]) };
    const first = valueAt(near, 'k');
    expect(first).toEqual(expected);
    (first as typeof value).map.get('k')!.n = 2;
    (first as typeof value).list.length = 0;
    expect(valueAt(near, 'k')).toEqual(expected);
  });

  test.each([null, true, 0, -0, NaN, 1.5, '', 'text', 12345678901234567890n])('keeps %s as it is', (value) => {
    const near = nearOf();
    expect(keep(near, 'k', value)).toBe(true);
    expect(valueAt(near, 'k')).toBe(value);
  });

  test.each([
    ['undefined', undefined],
    ['a function', () => 1],
    ['a symbol', Symbol('s')],
    ['an object with a function', { f: new WeakMap() }],
  ])('is not made of %s, and replaces none', (_, value) => {
    const near = nearOf();
    keep(near, 'k', 1);
    expect(keep(near, 'k', value)).toBe(false);
    expect(valueAt(near, 'k')).toBeUndefined();
  });

  test('does not keep the memory of a larger buffer', () => {
    const near = nearOf();
    const network = Buffer.alloc(65_536, 'n');
    keep(near, 'k', network.subarray(10, 20));
    network.fill(0);
    const kept = valueAt(near, 'k') as Buffer;
    expect(Buffer.from(kept).toString()).toBe('n'.repeat(10));
    expect(near.stats.bytes).toBeLessThan(1000);
  });
});

describe('a shared near copy', () => {
  test.each([
    ['of a store that decodes the values of each read', true],
    ['of a store that may return objects of its own', false],
  ])('%s is the same deeply frozen object at each hit, and shares nothing with the reader', (_, isDecoding) => {
    const near = nearOf({ shared: true }, feed, isDecoding);
    const value = { list: [{ n: 1 }] };
    const token = near.beginFill('cache:k');
    const { kept, own } = near.divide(token, value, CODEC);
    near.endFill(token, { kept, codec: CODEC, freshUntilMs: Infinity, clock: undefined }, 0);
    own.list.push({ n: 2 });
    const first = valueAt(near, 'k') as typeof value;
    expect(first).toEqual({ list: [{ n: 1 }] });
    expect(valueAt(near, 'k')).toBe(first);
    expect([first, first.list, first.list[0]].every(Object.isFrozen)).toBe(true);
    expect(first === value).toBe(isDecoding);
  });

  test('has one promise for all hits, while a copy that is not shared has a promise and a value for each', async () => {
    const hits = [true, false].map((shared) => {
      const near = nearOf({ shared });
      keep(near, 'k', { n: 1 });
      const copy = near.find('cache:k')!;
      return [copy.promise(), copy.promise()] as const;
    });
    expect(hits.map(([first, second]) => first === second)).toEqual([true, false]);
    const values = await Promise.all(hits.flat());
    expect(values).toEqual(Array.from({ length: 4 }, () => ({ n: 1 })));
    expect(new Set(values).size).toBe(3);
  });

  test('is a copy when the value contains something that cannot be frozen', () => {
    const near = nearOf({ shared: true });
    keep(near, 'k', { at: new Date(5) });
    const first = valueAt(near, 'k') as { at: Date };
    first.at.setTime(6);
    expect(valueAt(near, 'k')).toEqual({ at: new Date(5) });
  });
});

describe('a fill', () => {
  test.each<[string, (near: NearCache) => void]>([
    ['its key changes', () => feed.invalidate(['cache:k'])],
    ['any key may have changed', () => feed.invalidate(null)],
    ['its key is dropped', (near) => near.drop('cache:k')],
    ['all copies are dropped', (near) => near.dropAll()],
    ['the feed is not confirmed at its end', () => void (feed.confirmedMs = -Infinity)],
  ])('leaves no copy when %s meanwhile', (_, disturb) => {
    const near = nearOf();
    const token = near.beginFill('cache:k');
    expect(token.isAlive).toBe(true);
    disturb(near);
    expect(end(near, token, 1)).toBe(false);
    expect(near.find('cache:k')).toBeUndefined();
  });

  test('that began after the change leaves a copy, while an older one of the same key does not', () => {
    const near = nearOf();
    const older = near.beginFill('cache:k');
    feed.invalidate(['cache:k']);
    const newer = near.beginFill('cache:k');
    expect([older.isAlive, newer.isAlive]).toEqual([false, true]);
    expect(end(near, newer, 'new')).toBe(true);
    expect(end(near, older, 'old')).toBe(false);
    expect(valueAt(near, 'k')).toBe('new');
  });

  test('is protected while another one of its key ends or is abandoned', () => {
    const near = nearOf();
    const [first, second, third] = [near.beginFill('cache:k'), near.beginFill('cache:k'), near.beginFill('cache:k')];
    near.abandonFill(first);
    expect(end(near, second, 1)).toBe(true);
    feed.invalidate(['cache:k']);
    expect(end(near, third, 2)).toBe(false);
  });

  test('ends only once', () => {
    const near = nearOf();
    const token = near.beginFill('cache:k');
    near.abandonFill(token);
    expect(end(near, token, 1)).toBe(false);
  });
});

describe('the near cache', () => {
  test('drops the least recently used copies beyond maxEntries and maxBytes, and counts them', () => {
    const near = nearOf({ maxEntries: 2 });
    for (const key of ['a', 'b']) keep(near, key, 1);
    valueAt(near, 'a');
    keep(near, 'c', 1);
    expect(['a', 'b', 'c'].map((key) => valueAt(near, key))).toEqual([1, undefined, 1]);
    expect(near.stats).toMatchObject({ entries: 2, evictions: 1 });
    const small = nearOf({ maxBytes: '2kb' });
    for (let i = 0; i < 10; i++) keep(small, `k${i}`, 'x'.repeat(200));
    expect(small.stats.entries).toBeLessThan(5);
    expect(small.stats.bytes).toBeLessThanOrEqual(2048);
    expect(small.stats.evictions).toBe(10 - small.stats.entries);
    expect(keep(small, 'large', 'x'.repeat(5000))).toBe(false);
  });

  test('subscribes to its root, reports changed versions, and ends with close', () => {
    const near = nearOf();
    expect(feed.rootPrefix).toBe('cache:');
    feed.listener?.onVersions();
    expect(versionChanges).toBe(1);
    keep(near, 'k', 1);
    near.close();
    expect([feed.isClosed, near.stats.entries]).toEqual([true, 0]);
  });

  test('with coherence ttl uses no feed, and copies for two seconds or near.ttl', () => {
    feed.confirmedMs = -Infinity;
    const near = nearOf({ coherence: 'ttl' });
    const long = nearOf({ coherence: 'ttl', ttl: '10s' });
    for (const cache of [near, long]) keep(cache, 'k', 1);
    expect(feed.listener).toBeUndefined();
    expect([valueAt(near, 'k', 1999), valueAt(near, 'k', 2000)]).toEqual([1, undefined]);
    expect([valueAt(long, 'k', 9999), valueAt(long, 'k', 10_000)]).toEqual([1, undefined]);
    expect(refusals).toEqual([]);
  });

  test('falls back to copies for at most two seconds when the server refuses the feed', () => {
    const near = nearOf({ ttl: '1m' });
    keep(near, 'before', 1);
    const token = near.beginFill('cache:during');
    feed.listener?.onRefused(REFUSAL);
    expect(end(near, token, 1)).toBe(false);
    expect([near.coherence, near.confirmedMs, feed.isClosed, refusals]).toEqual(['ttl', Infinity, true, [REFUSAL]]);
    expect(near.find('cache:before')).toBeUndefined();
    keep(near, 'k', 1);
    expect([valueAt(near, 'k', 1999), valueAt(near, 'k', 2000)]).toEqual([1, undefined]);
  });

  test('falls back when the store has no feed, and when the feed refuses at once', () => {
    const without = new NearCache({ ...partsOf(), feed: undefined });
    const refusing: InvalidationFeed = {
      allowsCopies: true,
      subscribe: (_prefix, listener) => {
        listener.onRefused(REFUSAL);
        return { confirmedMs: -Infinity, close: () => {} };
      },
    };
    const refused = new NearCache({ ...partsOf(), feed: refusing });
    expect([without.coherence, refused.coherence]).toEqual(['ttl', 'ttl']);
    expect(refusals).toEqual([undefined, REFUSAL]);
    expect(keep(refused, 'k', 1)).toBe(true);
  });
});

function partsOf(): Omit<ConstructorParameters<typeof NearCache>[0], 'feed'> {
  const options = resolveNear(true, 'near');
  if (options === undefined) throw new Error('near is off');
  return {
    options,
    rootPrefix: 'cache:',
    isDecoding: true,
    onVersions: () => {},
    onUntracked: (refusal) => refusals.push(refusal),
  };
}
