import { RedisCluster, RedisSentinels, RedisServer, cacheStoreContract } from 'nestjs-redis-infra/testing';
import { describe, expect, test } from 'vitest';
import {
  Cacheable,
  CacheEvict,
  CachePut,
  CacheService,
  FallbackCache,
  HttpCache,
  MemoryAdapter,
  RateLimit,
  RateLimiter,
  RedisAdapter,
  RedisConfig,
  RedisModule,
} from '../src/index.js';

const POLICY = { name: 'p', limit: 5, window: '1m' } as const;
const PERMITS = { ...POLICY, algorithm: 'concurrency' } as const;
const memory = new MemoryAdapter({ keyPrefix: 'm:' });
const adapter = new RedisAdapter('memory://', { keyPrefix: 'a:' });
const limiter = new RateLimiter(memory);
const cache = new CacheService(memory);
/** Of a server that is never asked. */
const remote = new RedisAdapter('redis://127.0.0.1:1', { keyPrefix: 'r:' });

/** What a call takes, with a name that it does not have. */
const misspelt = (name: string, value: unknown = 3): never => ({ [name]: value }) as never;
/** The same beside what the call needs. */
const also = (name: string, value: unknown = 3): object => ({ [name]: value });

const CALLS: readonly (readonly [path: string, call: () => unknown])[] = [
  ['costs', () => limiter.consume(POLICY, 's', misspelt('costs'))],
  ['costs', () => limiter.check(POLICY, 's', misspelt('costs'))],
  ['deadlines', () => limiter.wait(POLICY, 's', { deadline: '1s', ...also('deadlines') })],
  ['deadline', () => limiter.consume(POLICY, 's', misspelt('deadline', '1s'))],
  ['', () => limiter.consume(POLICY, 's', 3 as never)],
  ['', () => limiter.consume(POLICY, 's', null as never)],
  ['cost', () => limiter.acquire(PERMITS, 's', misspelt('cost'))],
  ['signal', () => limiter.acquire(PERMITS, 's', misspelt('signal', 'no signal'))],
  ['policies[0].costs', () => limiter.consume([{ policy: POLICY, cost: 1, ...also('costs') }], 's')],
  ['policy.limits', () => limiter.consume({ ...POLICY, ...also('limits') }, 's')],
  ['denycache', () => new RateLimiter(memory, misspelt('denycache'))],
  ['RateLimit.extends', () => RateLimit([POLICY], misspelt('extends', true))],
  ['call.timeout', () => adapter.with(misspelt('timeout'))],
  ['call.timeout', () => remote.with(misspelt('timeout'))],
  ['call.timeout', () => remote.acquire(misspelt('timeout'))],
  [
    'entries[1].tll',
    () =>
      adapter.setMany([
        { key: 'k', value: 1 },
        { key: 'l', value: 1, ...also('tll') },
      ]),
  ],
  ['entries[0].tll', () => remote.setMany([{ key: 'k', value: 1, ...also('tll') }])],
  ['entries[0].tll', () => memory.setMany([{ key: 'k', value: 1, ...also('tll') }])],
  ['entries[0].tll', () => cache.setMany([{ key: 'k', value: 1, ...also('tll') }])],
  ['clear.wholedatabase', () => adapter.clear(misspelt('wholedatabase', true))],
  ['clear.wholedatabase', () => cache.clear(misspelt('wholedatabase', true))],
  ['reseal.prefixes', () => remote.resealAll(misspelt('prefixes'))[Symbol.asyncIterator]().next()],
  ['scan.counts', () => memory.can.keys?.scan(misspelt('counts'))[Symbol.asyncIterator]().next()],
  ['ttls', () => cache.set('k', 1, misspelt('ttls'))],
  ['ttls', () => cache.getOrSet('k', () => 1, misspelt('ttls'))],
  ['ttls', () => cache.namespace('n', misspelt('ttls'))],
  ['Cacheable.tll', () => Cacheable(misspelt('tll'))],
  ['CachePut.tll', () => CachePut({ key: 'k', ...also('tll') })],
  ['CacheEvict.tag', () => CacheEvict({ key: 'k', ...also('tag') })],
  ['HttpCache.tll', () => HttpCache(misspelt('tll'))],
  ['call.timeout', () => new CacheService('memory://').with(misspelt('timeout'))],
  ['maxstale', () => new FallbackCache(remote, misspelt('maxstale'))],
  ['fallback.maxstale', () => new CacheService(remote, { fallback: misspelt('maxstale') })],
  ['fallback.maxstale', () => new CacheService('memory://', { fallback: misspelt('maxstale') })],
  ['keyprefix', () => new RedisAdapter('memory://', misspelt('keyprefix'))],
  ['hosts', () => new RedisConfig(misspelt('hosts'))],
  ['forRootAsync.names', () => RedisModule.forRootAsync({ useFactory: () => ({}), ...also('names') })],
  ['requirePass', () => RedisServer.start(misspelt('requirePass', 'x'))],
  ['users.me.rule', () => RedisServer.start({ users: { me: { password: 'x', ...also('rule') } } })],
  ['replicas', () => RedisCluster.start(misspelt('replicas'))],
  ['master', () => RedisSentinels.start(misspelt('master'))],
  [
    'writeraw',
    () =>
      cacheStoreContract(
        { test: () => {}, before: () => {}, after: () => {} },
        { createStore: () => memory, ...also('writeraw') },
      ),
  ],
];

describe('an option with a name that does not exist', () => {
  test.each(CALLS)('is refused by its path: %s (%#)', async (path, call) => {
    const outcome = await (async () => call())().then(
      () => 'accepted',
      (error: unknown) => error,
    );
    expect(outcome).toMatchObject({ code: 'OPTION_INVALID', context: { path } });
  });
});
