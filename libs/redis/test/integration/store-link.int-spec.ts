import { RedisCluster, RedisSentinels } from 'nestjs-redis-infra/testing';
import { describe, expect, test } from 'vitest';
import type { RedisAdapter, ServerIdentity, StoreLink } from '../../src/index.js';
import { eventually } from '../support/eventually.js';
import { codeOf, LONG_DEADLINE, resourcesPerTest } from '../support/started.js';

const started = resourcesPerTest();
const TIMEOUT_MS = 60_000;

function linkOf(adapter: RedisAdapter): StoreLink {
  const { link } = adapter.can;
  if (link === undefined) throw new Error('the store has no link');
  return link;
}

/** Counts the losses of a link. */
class Losses {
  count = 0;
  /** When the first loss was reported, in milliseconds of `performance.now()`. */
  firstMs = Infinity;

  constructor(link: StoreLink) {
    link.onLoss(() => {
      this.count++;
      this.firstMs = Math.min(this.firstMs, performance.now());
    });
  }
}

/** The identities of the masters as soon as they are other ones. */
async function nextIdentities(link: StoreLink, before: readonly ServerIdentity[]): Promise<readonly ServerIdentity[]> {
  const known = new Set(before.map(({ runId }) => runId));
  let found: readonly ServerIdentity[] = [];
  await eventually(async () => {
    found = await link.identities().catch(() => []);
    return found.length === before.length && found.some(({ runId }) => !known.has(runId));
  }, TIMEOUT_MS);
  return found;
}

describe('the link of a RedisAdapter', () => {
  test('returns another identity after a restart of the server, with an uptime shorter than the disconnection', async () => {
    const server = await started.server();
    const adapter = started.adapter({ url: server.url, poolSize: 2 });
    await adapter.connect();
    const link = linkOf(adapter);
    const before = await link.identities();
    expect(before).toMatchObject([{ node: `127.0.0.1:${server.port}`, role: 'master' }]);
    const losses = new Losses(link);
    await server.restart();
    const [after] = await nextIdentities(link, before);
    expect(losses.count).toBeGreaterThan(0);
    expect(after?.uptimeMs).toBeLessThanOrEqual(performance.now() - losses.firstMs + 1000);
  });

  test('reports the loss of a connection before a command is sent on the next one', async () => {
    const server = await started.server();
    const adapter = started.adapter(server.url, LONG_DEADLINE);
    await adapter.set('k', 1);
    const losses = new Losses(linkOf(adapter));
    const restarted = server.restart();
    let lossesAtFirstReply = 0;
    await eventually(async () => {
      const value = await adapter.get('k').catch(() => 1);
      if (value === undefined) lossesAtFirstReply = losses.count;
      return value === undefined;
    });
    await restarted;
    expect(lossesAtFirstReply).toBeGreaterThan(0);
  });

  test('reports a loss for disconnect(), and none for the first connect()', async () => {
    const server = await started.server();
    const adapter = started.adapter(server.url);
    const losses = new Losses(linkOf(adapter));
    await adapter.connect();
    expect(losses.count).toBe(0);
    await adapter.disconnect();
    expect(losses.count).toBe(1);
    await expect(linkOf(adapter).identities()).rejects.toMatchObject({ code: 'CLOSED' });
  });

  test('reports a loss with the first READONLY reply, although no connection is closed by then', async () => {
    const [server, other] = [await started.server(), await started.server()];
    const adapter = started.adapter(server.url);
    await adapter.set('k', 1);
    const losses = new Losses(linkOf(adapter));
    await server.command('REPLICAOF', '127.0.0.1', other.port);
    expect(losses.count).toBe(0);
    expect(await codeOf(adapter.set('k', 2))).toBe('READ_ONLY');
    expect(losses.count).toBe(1);
  });

  test('returns no identity when the user may not run INFO', async () => {
    const users = { app: { password: 'a password of the test', rules: '~* &* +@all -info' } };
    const server = await started.server({ users });
    const adapter = started.adapter(server.urlOf({ user: 'app' }));
    await adapter.connect();
    expect(await linkOf(adapter).identities()).toEqual([]);
  });

  test('reports a loss and another identity after a failover behind Sentinels', { timeout: TIMEOUT_MS }, async () => {
    const group = await RedisSentinels.start();
    started.undo(() => group.stop());
    const adapter = started.adapter(group.url);
    await adapter.connect();
    const link = linkOf(adapter);
    const before = await link.identities();
    const losses = new Losses(link);
    await group.killMaster();
    const [after] = await nextIdentities(link, before);
    expect(losses.count).toBeGreaterThan(0);
    expect(after?.role).toBe('master');
  });
});

describe('the link of a RedisAdapter on a cluster', () => {
  test('reports a loss and another identity when one master restarts', { timeout: TIMEOUT_MS }, async () => {
    const cluster = await RedisCluster.start();
    started.undo(() => cluster.stop());
    const adapter = started.adapter(cluster.url);
    await adapter.set('k', 1);
    const link = linkOf(adapter);
    const before = await link.identities();
    const masters = await cluster.masters();
    expect(before.map(({ node }) => node).sort()).toEqual(masters.map(({ port }) => `127.0.0.1:${port}`).sort());
    const losses = new Losses(link);
    await (await cluster.masterOf('k')).restart();
    await nextIdentities(link, before);
    expect(losses.count).toBeGreaterThan(0);
  });

  test(
    'reports a loss when a replica becomes a master and no connection is closed',
    { timeout: TIMEOUT_MS },
    async () => {
      const cluster = await RedisCluster.start();
      started.undo(() => cluster.stop());
      const adapter = started.adapter(cluster.url, LONG_DEADLINE);
      await adapter.set('k', 1);
      const link = linkOf(adapter);
      const before = await link.identities();
      const losses = new Losses(link);
      await cluster.failover('k');
      await adapter.set('k', 2);
      expect(losses.count).toBeGreaterThan(0);
      await nextIdentities(link, before);
    },
  );
});
