import { AsyncLocalStorage } from 'node:async_hooks';
import type { RedisServer } from 'nestjs-redis-infra/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import type { AdapterOptions, RedisAdapter } from '../../src/index.js';
import { eventually } from '../support/eventually.js';
import { FeedRecorder } from '../support/feed-recorder.js';
import { HANG_UP, ScriptedProxy } from '../support/scripted-proxy.js';
import { resourcesPerTest } from '../support/started.js';
import { failOnUnhandledRejections } from '../support/unhandled-rejections.js';

const started = resourcesPerTest();
failOnUnhandledRejections();

let server: RedisServer;
let adapter: RedisAdapter;
let feed: FeedRecorder;

beforeEach(async () => {
  server = await started.server();
  ({ adapter, feed } = await subscribed({ keyPrefix: 'app:' }));
});

async function subscribed(
  options: AdapterOptions = {},
  url = server.url,
): Promise<{ adapter: RedisAdapter; feed: FeedRecorder }> {
  const store = started.adapter(url, options);
  const recorder = new FeedRecorder(store);
  await store.connect();
  await recorder.ready();
  return { adapter: store, feed: recorder };
}

/** The connections of feeds on the server. */
async function feedConnections(): Promise<number> {
  const clients = String(await server.command('CLIENT', 'LIST'));
  return clients.split('\n').filter((line) => / flags=\S*t/.test(line)).length;
}

describe('an invalidation feed', () => {
  test.each<[string, (key: string) => Promise<unknown>]>([
    ['a SET of another client', (key) => server.command('SET', key, '2')],
    ['a DEL of another client', (key) => server.command('DEL', key)],
    ['an UNLINK of another client', (key) => server.command('UNLINK', key)],
    ['an EXPIRE of another client', (key) => server.command('EXPIRE', key, 100)],
    ['a PERSIST of another client', (key) => server.command('PERSIST', key)],
    ['an INCR of another client', (key) => server.command('INCR', key)],
    ['a RENAME away from the key', (key) => server.command('RENAME', key, 'elsewhere')],
    ['a RENAME to the key', (key) => server.command('RENAME', 'app:cache:other', key)],
    ['an expiry', (key) => server.command('PEXPIRE', key, 20)],
    ['a change by a script', (key) => server.command('EVAL', "return redis.call('SET', KEYS[1], 'x')", 1, key)],
    ['a change in MULTI', (key) => server.commands([['MULTI'], ['SET', key, '3'], ['EXEC']])],
    [
      'a SET in another database',
      (key) =>
        server.commands([
          ['SELECT', 5],
          ['SET', key, '4'],
        ]),
    ],
  ])('reports %s with the key, without the prefix of the store', async (_, change) => {
    await server.command('SET', 'app:cache:k', '1', 'EX', 1000);
    await server.command('SET', 'app:cache:other', '1');
    await feed.caughtUp();
    feed.reports.length = 0;
    await change('app:cache:k');
    await feed.reported('cache:k');
  });

  test('reports a change of a key that another adapter made, and one of its own adapter', async () => {
    const other = started.adapter(server.url, { keyPrefix: 'app:' });
    await other.set('cache:theirs', 1);
    await adapter.set('cache:ours', 1);
    await feed.reported('cache:theirs');
    await feed.reported('cache:ours');
  });

  test('reports any key after FLUSHALL', async () => {
    await server.command('FLUSHALL');
    await feed.reported(null);
    expect(feed.isConfirmed).toBe(true);
  });

  test('reports the keys that the server evicts', async () => {
    await server.command('SET', 'app:cache:evicted', 'x'.repeat(100));
    await feed.caughtUp();
    feed.reports.length = 0;
    await server.command('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-random');
    await server.command('CONFIG', 'SET', 'maxmemory', '1');
    await server.command('SET', 'app:other', '1').catch(() => {});
    await feed.reported('cache:evicted');
  });

  test('reports the change of a version key, and no key outside its root namespace', async () => {
    await server.command('SET', 'app:~v:{cache:}', '1 1 0 1');
    await feed.reported('versions');
    await server.command('HSET', 'app:~t:{cache:}users:', 'f', '1');
    await server.command('SET', 'app:caches:k', '1');
    await server.command('SET', 'cache:k', '1');
    await server.command('SET', 'app:cache:last', '1');
    await feed.reported('cache:last');
    expect(feed.reports).toEqual(['versions', 'versions', 'cache:last']);
  });

  test('handles keys that contain spaces, commas and characters of several bytes', async () => {
    await server.command('MSET', 'app:cache:a,b', '1', 'app:cache:c d', '1', 'app:cache:ü€😀', '1');
    await feed.reported('cache:ü€😀');
    expect(new Set(feed.reports)).toEqual(new Set(['cache:a,b', 'cache:c d', 'cache:ü€😀']));
  });

  test('reports any key when another client publishes on the channel of the server', async () => {
    await server.command('PUBLISH', '__redis__:invalidate', 'app:cache:k');
    await feed.reported(null);
  });

  test('is confirmed again and again while nothing changes', async () => {
    const first = feed.confirmedMs;
    await feed.caughtUp();
    await feed.caughtUp();
    expect(feed.confirmedMs).toBeGreaterThan(first);
    expect(feed.reports).toEqual([]);
  });

  test('shares one connection with other subscriptions to its root, and has another for each other root', async () => {
    const second = new FeedRecorder(adapter);
    await second.ready();
    expect(await feedConnections()).toBe(1);
    const third = new FeedRecorder(adapter, 'sessions:');
    await third.ready();
    expect(await feedConnections()).toBe(2);
    await server.command('SET', 'app:sessions:k', '1');
    await third.reported('sessions:k');
    expect(second.reports).toEqual([]);
    second.close();
    expect([feed.isConfirmed, second.isConfirmed]).toEqual([true, false]);
    feed.close();
    third.close();
    await eventually(async () => (await feedConnections()) === 0);
  });

  test('ends with disconnect, and begins again with any key changed after the next connect', async () => {
    await adapter.disconnect();
    expect(feed.isConfirmed).toBe(false);
    await eventually(async () => (await feedConnections()) === 0);
    await adapter.connect();
    await eventually(() => feed.isConfirmed);
    expect(feed.reports[0]).toBe(null);
  });

  test('runs its listeners outside the async context of the call that subscribed', async () => {
    const context = new AsyncLocalStorage<string>();
    const seen: (string | undefined)[] = [];
    context.run('request', () =>
      adapter.can.feed?.subscribe('cache:', {
        onInvalidate: () => void seen.push(context.getStore()),
        onVersions: () => {},
        onConfirmed: () => {},
        onRefused: () => {},
      }),
    );
    await context.run('other', () => adapter.set('cache:k', 1));
    await eventually(() => seen.length > 0);
    expect(seen).toEqual([undefined]);
  });

  test.each<[string, Parameters<typeof started.server>[0], object]>([
    ['with a password', { requirepass: 'secret' }, {}],
    ['with TLS', { tls: true }, {}],
    ['in another database', {}, { db: 3 }],
    ['through several connections', {}, { poolSize: 3 }],
  ])('works %s', async (_, settings, connection) => {
    const secured = await started.server(settings);
    const store = started.adapter({ url: secured.url, ...(secured.tls && { tls: secured.tls }), ...connection });
    const recorder = new FeedRecorder(store);
    await store.set('cache:k', 1);
    await recorder.ready();
    await store.set('cache:k', 2);
    await recorder.reported('cache:k');
  });

  test('reads a password that is a function for each of its connections', async () => {
    const secured = await started.server({ requirepass: 'one' });
    let password = 'one';
    const store = started.adapter({ url: `redis://127.0.0.1:${secured.port}`, password: () => password });
    const recorder = new FeedRecorder(store);
    await store.connect();
    await recorder.ready();
    await secured.command('CONFIG', 'SET', 'requirepass', 'two');
    password = 'two';
    await secured.command('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await recorder.reported(null);
    await recorder.caughtUp();
  });
});

describe('an invalidation feed of a server that does not permit it', () => {
  test.each([
    ['CLIENT TRACKING', '~* &* +@all -client|tracking', 'NOPERM'],
    ['the channel of the server', '~* resetchannels +@all', 'NOPERM'],
    ['SUBSCRIBE', '~* &* +@all -subscribe', 'NOPERM'],
    ['ROLE and INFO', '~* &* +@all -role -info', 'NOPERM'],
  ])('is refused once without %s, and not tried again', async (_, rules, reply) => {
    const limited = await started.server({ users: { app: { password: 'p', rules } } });
    const store = started.adapter(limited.url);
    const recorder = new FeedRecorder(store);
    await store.connect();
    await eventually(() => recorder.refusals.length > 0);
    expect(recorder.refusals).toMatchObject([{ code: 'COMMAND_FAILED', retryable: false, context: { reply } }]);
    expect(recorder.isConfirmed).toBe(false);
    const late = new FeedRecorder(store);
    await eventually(() => late.refusals.length > 0);
    expect([recorder.refusals.length, late.refusals.length]).toEqual([1, 1]);
    expect(String(await limited.command('CLIENT', 'LIST'))).not.toMatch(/ sub=1/);
  });

  test.each([
    ['answers CLIENT TRACKING with an error', "ERR unknown subcommand 'TRACKING'", 'COMMAND_FAILED'],
    ['closes each connection that sends it', HANG_UP, 'UNSUPPORTED'],
  ] as const)('is refused when a proxy %s', async (_, answer, code) => {
    const scripted = await ScriptedProxy.start(server.port, { 'CLIENT TRACKING': answer });
    started.undo(() => scripted.stop());
    const store = started.adapter(scripted.url);
    const recorder = new FeedRecorder(store);
    await store.connect();
    await eventually(() => recorder.refusals.length > 0);
    expect(recorder.refusals).toMatchObject([{ code, retryable: false }]);
    await store.set('cache:k', 1);
    expect(await store.get('cache:k')).toBe(1);
  });

  test('works for a user that may use ROLE and not INFO, and for one that may use INFO and not ROLE', async () => {
    for (const command of ['role', 'info']) {
      const limited = await started.server({ users: { app: { password: 'p', rules: `~* &* +@all -${command}` } } });
      const store = started.adapter(limited.url);
      const recorder = new FeedRecorder(store);
      await store.connect();
      await recorder.ready();
      await store.set('cache:k', 1);
      await recorder.reported('cache:k');
    }
  });
});
