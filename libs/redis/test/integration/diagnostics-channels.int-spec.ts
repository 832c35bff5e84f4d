import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, expect, test } from 'vitest';
import {
  CacheService,
  MemoryAdapter,
  RateLimiter,
  type CommandTrace,
  type LoadTrace,
  type RateLimitTrace,
} from '../../src/index.js';
import { COMMANDS, DECISIONS, LOADS } from '../../src/common/diagnostics/channels.js';
import { eventually } from '../support/eventually.js';
import { LONG_DEADLINE, failure, resourcesPerTest } from '../support/started.js';
import { endTraces, recordTraces } from '../support/trace-recorder.js';

const started = resourcesPerTest();
endTraces();

const COMPLETE = ['start', 'end', 'asyncStart', 'asyncEnd'];
const FAILED = ['start', 'end', 'error', 'asyncStart', 'asyncEnd'];
const SECRET = 'secret-text';

describe('the channel of commands', () => {
  test('publishes each command with its result, without key and value', async () => {
    const server = await started.server();
    const adapter = started.adapter({ url: server.url, connectionName: 'places' }, LONG_DEADLINE);
    await adapter.connect();
    const traces = recordTraces<CommandTrace>('nestjs-redis-infra:command');
    await adapter.set(SECRET, SECRET);
    expect(traces.map(({ event }) => event)).toEqual(COMPLETE);
    expect(traces.at(-1)).toEqual({
      event: 'asyncEnd',
      command: 'set',
      client: 'places',
      attempts: 1,
      outcome: 'ok',
      durationMs: expect.any(Number) as number,
      code: undefined,
    });
    expect(JSON.stringify(traces)).not.toContain(SECRET);
  });

  test('publishes the error code of a command that fails', async () => {
    const server = await started.server();
    const adapter = started.adapter(server.url, LONG_DEADLINE);
    await adapter.hset('h', 'f', 1);
    const traces = recordTraces<CommandTrace>('nestjs-redis-infra:command');
    await failure(adapter.incr('h'));
    await eventually(() => traces.some(({ event }) => event === 'asyncEnd'));
    expect(traces.filter(({ event }) => event === 'error')).toMatchObject([{ outcome: 'error', code: 'WRONG_TYPE' }]);
  });

  test('publishes that no caller waits any more when the deadline has passed', async () => {
    const server = await started.server();
    const adapter = started.adapter(server.url, LONG_DEADLINE);
    await adapter.connect();
    const traces = recordTraces<CommandTrace>('nestjs-redis-infra:command');
    server.freeze();
    started.undo(() => server.thaw());
    await failure(adapter.with({ deadline: '20ms' }).get('k'));
    expect(traces.at(-1)).toMatchObject({ event: 'asyncEnd', command: 'get', outcome: 'abandoned' });
  });
});

describe('the channel of loads', () => {
  test('publishes a load in the async context of its caller, without key and value', async () => {
    const request = new AsyncLocalStorage<string>();
    const seen: (string | undefined)[] = [];
    const traces = recordTraces<LoadTrace>('nestjs-redis-infra:load', () => seen.push(request.getStore()));
    const cache = new CacheService(new MemoryAdapter());
    await request.run('request 1', () => cache.namespace('users').getOrSet(SECRET, () => SECRET));
    expect(seen).toEqual(['request 1']);
    expect(traces.map(({ event }) => event)).toEqual(COMPLETE);
    expect(traces.at(-1)).toMatchObject({
      cache: 'cache:users',
      isBackground: false,
      outcome: 'ok',
      caller: undefined,
    });
    expect(JSON.stringify(traces.map(({ within: _, caller: __, ...trace }) => trace))).not.toContain(SECRET);
  });

  test('publishes a background load with the context of the call that caused it', async () => {
    const request = new AsyncLocalStorage<string>();
    const seen: (string | undefined)[] = [];
    const cache = new CacheService(new MemoryAdapter());
    await cache.getOrSet('k', () => 1, { ttl: '1ms', staleWhileRevalidate: '1h', earlyRefresh: false });
    await eventually(async () => (await cache.inspect('k')).state === 'stale');
    const traces = recordTraces<LoadTrace>('nestjs-redis-infra:load', ({ caller }) => {
      seen.push(
        request.getStore(),
        caller?.runInAsyncScope(() => request.getStore()),
      );
    });
    await request.run('request 2', () => cache.getOrSet('k', () => 2, { ttl: '1h', staleWhileRevalidate: '1h' }));
    await eventually(() => traces.some(({ event }) => event === 'asyncEnd'));
    expect(seen).toEqual([undefined, 'request 2']);
    expect(traces[0]).toMatchObject({ isBackground: true });
  });

  test('runs the loader as a subscriber has asked, and publishes its failure without the error', async () => {
    const span = new AsyncLocalStorage<string>();
    const traces = recordTraces<LoadTrace>('nestjs-redis-infra:load', (trace) => {
      trace.within = (load) => span.run('span', load);
    });
    const cache = new CacheService(new MemoryAdapter());
    let inside: string | undefined;
    const loading = cache.getOrSet('k', () => {
      inside = span.getStore();
      throw new Error(SECRET);
    });
    await expect(loading).rejects.toThrow(SECRET);
    expect(inside).toBe('span');
    expect(traces.map(({ event }) => event)).toEqual(FAILED);
    expect(traces.at(-1)).toMatchObject({ outcome: 'error', code: undefined });
  });
});

describe('the channel of decisions', () => {
  test('publishes decisions and permits with their policy and source, without the subject', async () => {
    const limiter = new RateLimiter('memory://', { deadline: '10s' });
    started.undo(() => limiter.close());
    const traces = recordTraces<RateLimitTrace>('nestjs-redis-infra:ratelimit');
    const policy = { name: 'api', limit: 1, window: '1m' } as const;
    await limiter.consume(policy, SECRET);
    await limiter.consume(policy, SECRET);
    const permits = { name: 'reports', limit: 1, window: '1m', algorithm: 'concurrency' } as const;
    await (await limiter.acquire(permits, SECRET)).release();
    expect(traces.filter(({ event }) => event === 'asyncEnd')).toMatchObject([
      { operation: 'consume', policies: ['api'], policy: 'api', outcome: 'allowed', source: 'redis' },
      { operation: 'consume', policies: ['api'], policy: 'api', outcome: 'refused' },
      { operation: 'acquire', policies: ['reports'], policy: 'reports', outcome: 'allowed', source: 'redis' },
    ]);
    expect(JSON.stringify(traces)).not.toContain(SECRET);
  });
});

describe('a channel without subscribers', () => {
  test('is left by a subscriber that ends its subscription', () => {
    const { hasSubscribers: before } = LOADS;
    recordTraces('nestjs-redis-infra:load');
    expect([before, LOADS.hasSubscribers, COMMANDS.hasSubscribers, DECISIONS.hasSubscribers]).toEqual([
      false,
      true,
      false,
      false,
    ]);
  });
});
