import type { FaultProxy, RedisServer } from 'nestjs-redis-infra/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import type { RedisAdapter } from '../../src/index.js';
import { startRouter } from '../support/connection-router.js';
import { eventually } from '../support/eventually.js';
import { FeedRecorder } from '../support/feed-recorder.js';
import { resourcesPerTest } from '../support/started.js';
import { failOnUnhandledRejections } from '../support/unhandled-rejections.js';

const started = resourcesPerTest();
failOnUnhandledRejections();

let server: RedisServer;
/** In front of the feed only: the connection of callers is the first one, and goes directly to the server. */
let proxy: FaultProxy;
let adapter: RedisAdapter;
let feed: FeedRecorder;

beforeEach(async () => {
  server = await started.server();
  proxy = await started.proxy(server);
  const router = await startRouter({ portOf: (connection) => (connection === 0 ? server.port : proxy.port) });
  started.undo(() => router.stop());
  adapter = started.adapter(router.url);
  feed = new FeedRecorder(adapter);
  await adapter.connect();
  await feed.ready();
});

/** Changes a key. Fails if the feed is confirmed up to the change before the change is reported. */
async function changeIsNeverHidden(key: string, meanwhile: () => unknown = () => {}): Promise<void> {
  await server.command('SET', key, '1');
  const reported = feed.changeReported(key, 10_000);
  await Promise.all([reported, meanwhile()]);
}

describe('an invalidation feed', () => {
  test('whose connection is cut while a key changes reports any key before it is confirmed again', async () => {
    proxy.refuse();
    proxy.cut();
    await eventually(() => !feed.isConfirmed);
    await server.command('SET', 'cache:k', '1');
    expect(feed.reports).toEqual([]);
    await proxy.heal();
    await eventually(() => feed.isConfirmed, 10_000);
    expect(feed.reports).toEqual([null]);
  });

  test.each(['both', 'requests', 'replies'] as const)(
    'that goes silent (%s) hides no change, and is replaced',
    async (direction) => {
      proxy.blackHole(direction);
      await changeIsNeverHidden('cache:k', async () => {
        await eventually(() => !feed.isConfirmed);
        await proxy.heal();
      });
      await feed.caughtUp(10_000);
    },
  );

  test('with a delay is confirmed only up to the time before the delay', async () => {
    proxy.delay(200, 'replies');
    await feed.caughtUp(10_000);
    await changeIsNeverHidden('cache:k');
    await feed.caughtUp(10_000);
    expect(feed.ageMs).toBeGreaterThanOrEqual(200);
    expect(feed.reports).toEqual(['cache:k']);
  });

  test('with changing delays hides no change', async () => {
    for (let round = 0; round < 30; round++) {
      proxy.delay((round * 37) % 150);
      feed.reports.length = 0;
      await changeIsNeverHidden(`cache:${round}`);
    }
  });

  test('of a frozen server hides no change, and is confirmed again after it', async () => {
    server.freeze();
    const frozenMs = performance.now();
    await eventually(() => !feed.isConfirmed, 10_000);
    server.thaw();
    await server.command('SET', 'cache:k', '1');
    await eventually(() => feed.confirmedMs > frozenMs, 10_000);
    expect(feed.reports).toContain(null);
  });

  test('whose connection the server kills reports any key', async () => {
    for (let round = 0; round < 3; round++) {
      await server.command('CLIENT', 'KILL', 'TYPE', 'pubsub');
      await feed.reported(null);
      await feed.caughtUp(10_000);
      feed.reports.length = 0;
    }
  });

  test('reports any key when the connection of callers was replaced', async () => {
    await server.command('CLIENT', 'KILL', 'TYPE', 'normal');
    await feed.reported(null, 10_000);
    await feed.caughtUp(10_000);
  });

  test('reports any key after a restart of the server', async () => {
    await server.restart();
    await feed.reported(null, 10_000);
    await feed.caughtUp(10_000);
    await adapter.set('cache:k', 1);
    await feed.reported('cache:k');
  });
});

describe('a server that is demoted without closing a connection', () => {
  test('ends the feed within two heartbeats, and a promotion begins it with any key changed', async () => {
    const other = await started.server();
    await server.command('REPLICAOF', '127.0.0.1', other.port);
    const demotedMs = performance.now();
    await eventually(() => !feed.isConfirmed, 10_000);
    expect(feed.confirmedMs).toBeLessThan(demotedMs);
    feed.reports.length = 0;
    await server.command('REPLICAOF', 'NO', 'ONE');
    await feed.caughtUp(10_000);
    expect(feed.reports).toContain(null);
  });
});

describe('a feed that reaches another server than callers', () => {
  test('is not confirmed until it reaches the same one', async () => {
    const other = await started.server();
    let feedPort = other.port;
    const router = await startRouter({ portOf: (connection) => (connection === 0 ? server.port : feedPort) });
    started.undo(() => router.stop());
    const store = started.adapter(router.url);
    const recorder = new FeedRecorder(store);
    await store.connect();
    await eventually(() => router.accepted > 3);
    expect(recorder.isConfirmed).toBe(false);
    feedPort = server.port;
    await recorder.ready(10_000);
    await server.command('SET', 'cache:k', '1');
    await recorder.reported('cache:k');
  });
});
