import { RedisCluster, RedisSentinels, type RedisServer } from 'nestjs-redis-infra/testing';
import { describe, expect, test } from 'vitest';
import { entriesOf, leaseOf, LOADED, outOfMemory, SCOPE } from '../support/entries.js';
import { eventually } from '../support/eventually.js';
import { codeOf, failure, inService, resourcesPerTest } from '../support/started.js';

const started = resourcesPerTest();
const TIMEOUT_MS = 60_000;
const TAG = '0123456789abcdef';

function otherThan(node: RedisServer, nodes: readonly RedisServer[]): RedisServer {
  const [other] = nodes.filter((each) => each !== node);
  if (other === undefined) throw new Error('the cluster has one node');
  return other;
}

/** Waits until the replicas have the newest value of a key. Without that, a failover may lose it. */
async function replicated(group: RedisSentinels, key: string): Promise<void> {
  const value = await (await group.master()).command('GET', key);
  await eventually(async () => {
    const values = await Promise.all((await group.replicas()).map((replica) => replica.command('GET', key)));
    return values.length > 0 && values.every((each) => each === value);
  });
}

describe('entries on a server without free memory', () => {
  test('can be removed, released and invalidated', async () => {
    const server = await started.server();
    const adapter = started.adapter(server.url);
    const entries = entriesOf(adapter);
    const before = await entries.versions(SCOPE);
    await entries.write('cache:a', LOADED);
    await entries.acquire('cache:a', leaseOf('loser'));
    await entries.acquire('cache:b', leaseOf('failing'));
    const end = await outOfMemory(server);
    // Opens the circuit for writes.
    expect(await codeOf(entries.write('cache:c', LOADED))).toBe('OUT_OF_MEMORY');
    expect(await codeOf(entries.write('cache:c', LOADED))).toBe('CIRCUIT_OPEN');
    expect(await entries.remove(['cache:a'])).toEqual({ removed: 1, status: 'applied' });
    await entries.release('cache:b', 'failing', { errorTtlMs: 20_000, maxMs: 20_000 });
    const raised = await entries.raiseFloor(SCOPE, 0);
    expect(raised.floor).toBeGreaterThan(before.floor);
    const invalidated = await entries.invalidateTags(SCOPE, [TAG], { keepForErrors: false, seen: 0 });
    expect(await entries.tagVersions(SCOPE, [TAG])).toEqual([{ removed: invalidated.tagged, stale: 0 }]);
    await entries.sweep(SCOPE, raised.floor);
    expect((await entries.versions(SCOPE)).isSweeping).toBe(false);
    await end();
    await inService(adapter);
    expect(await entries.publish('cache:a', 'loser', LOADED)).toBe(false);
    expect((await entries.acquire('cache:b', leaseOf('next'))).status).toBe('failed');
  });

  test('note a waiting load in a lease', async () => {
    const server = await started.server();
    const entries = entriesOf(started.adapter(server.url));
    await entries.acquire('cache:a', leaseOf('holder'));
    let settled = 0;
    await entries.watch('cache:a', () => void settled++);
    const end = await outOfMemory(server);
    expect((await entries.acquire('cache:a', leaseOf('waiting'))).status).toBe('held');
    await entries.release('cache:a', 'holder');
    await eventually(() => settled > 0);
    await end();
  });

  test('are unchanged by a write that fails, which also leaves the lease', async () => {
    const server = await started.server();
    const adapter = started.adapter(server.url);
    const entries = entriesOf(adapter);
    await entries.write('cache:a', { ...LOADED, value: 'old' });
    await entries.acquire('cache:a', leaseOf('load'));
    const end = await outOfMemory(server);
    expect(await codeOf(entries.write('cache:a', LOADED))).toBe('OUT_OF_MEMORY');
    await end();
    await inService(adapter);
    expect((await entries.readValue('cache:a')).stored?.value).toBe('old');
    expect(await entries.renew('cache:a', 'load', 1000)).toBe(true);
  });

  test('keep the old value when a publish fails, and the lease ends', async () => {
    const server = await started.server();
    const adapter = started.adapter(server.url);
    const entries = entriesOf(adapter);
    await entries.write('cache:a', { ...LOADED, value: 'old' });
    await entries.acquire('cache:a', leaseOf('load'));
    const end = await outOfMemory(server);
    expect(await codeOf(entries.publish('cache:a', 'load', LOADED))).toBe('OUT_OF_MEMORY');
    await end();
    await inService(adapter);
    expect((await entries.readValue('cache:a')).stored?.value).toBe('old');
    expect(await entries.renew('cache:a', 'load', 1000)).toBe(false);
  });
});

describe('entries on a disturbed connection', () => {
  test('are stored once by a publish whose reply was lost, and its lease has ended', async () => {
    const server = await started.server();
    const proxy = await started.proxy(server);
    const entries = entriesOf(started.adapter(proxy.url, { resilience: { retry: false } }));
    await entries.acquire('cache:a', leaseOf('load'));
    proxy.dropReply();
    const error = await failure(entries.publish('cache:a', 'load', LOADED));
    expect(error.outcome).toBe('unknown');
    const other = entriesOf(started.adapter(server.url));
    expect((await other.readValue('cache:a')).stored?.value).toBe('loaded');
    expect(await other.publish('cache:a', 'load', { ...LOADED, value: 'again' })).toBe(false);
  });

  test('are removed in spite of a lost reply, because the removal is sent again', async () => {
    const server = await started.server();
    const proxy = await started.proxy(server);
    const entries = entriesOf(started.adapter(proxy.url));
    await entries.write('cache:a', LOADED);
    proxy.dropReply();
    expect(await codeOf(entries.remove(['cache:a']))).toBe('ok');
    expect((await entries.readValue('cache:a')).stored).toBeUndefined();
  });

  test('work after SCRIPT FLUSH and after a restart, which ends all leases', async () => {
    const server = await started.server();
    const adapter = started.adapter(server.url);
    const entries = entriesOf(adapter);
    await entries.acquire('cache:a', leaseOf('load'));
    await server.command('SCRIPT', 'FLUSH');
    expect(await entries.publish('cache:a', 'load', LOADED)).toBe(true);
    await entries.acquire('cache:a', leaseOf('lost'));
    await server.restart();
    await inService(adapter);
    expect(await entries.publish('cache:a', 'lost', LOADED)).toBe(false);
    expect((await entries.acquire('cache:a', leaseOf('next'))).status).toBe('acquired');
  });

  test('report that the user may not run scripts, and are readable', async () => {
    const users = { app: { password: 'a password of the test', rules: '~* &* +@all -eval -evalsha' } };
    const server = await started.server({ users });
    const entries = entriesOf(started.adapter(server.urlOf({ user: 'app' })));
    const calls = [
      entries.acquire('cache:a', leaseOf('load')),
      entries.remove(['cache:a']),
      entries.raiseFloor(SCOPE, 0),
    ];
    for (const call of calls) {
      const { code, context } = await failure(call);
      expect([code, context.reply]).toEqual(['COMMAND_FAILED', 'NOPERM']);
    }
    expect((await entries.readValue('cache:a')).stored).toBeUndefined();
  });

  test('change although the user may not publish', async () => {
    const users = { app: { password: 'a password of the test', rules: '~* +@all -publish' } };
    const server = await started.server({ users });
    const entries = entriesOf(started.adapter(server.urlOf({ user: 'app' })));
    await entries.acquire('cache:a', leaseOf('load'));
    await entries.acquire('cache:a', leaseOf('waiting'));
    expect(await entries.publish('cache:a', 'load', LOADED)).toBe(true);
    expect(await entries.remove(['cache:a'])).toEqual({ removed: 1, status: 'applied' });
  });
});

describe('the lease of a key', () => {
  test('is taken by one of many concurrent requests of two adapters', async () => {
    const server = await started.server();
    const open = () => entriesOf(started.adapter(server.url, { resilience: { deadline: '10s' } }));
    const stores = [open(), open()];
    for (let round = 0; round < 20; round++) {
      const requests = Array.from({ length: 20 }, async (_, i) =>
        stores[i % 2]?.acquire(`k${round}`, leaseOf(`load-${i}`)),
      );
      const statuses = (await Promise.all(requests)).map((acquisition) => acquisition?.status);
      expect(statuses.filter((status) => status === 'acquired')).toHaveLength(1);
    }
  });

  test('lets no load that was fenced publish after a failover', { timeout: TIMEOUT_MS }, async () => {
    const group = await RedisSentinels.start();
    started.undo(() => group.stop());
    const adapter = started.adapter(group.url, { resilience: { deadline: '5s' } });
    const entries = entriesOf(adapter);
    const { clock } = await entries.versions(SCOPE);
    await entries.acquire('cache:a', leaseOf('fenced'));
    await entries.acquire('cache:b', leaseOf('running'));
    await entries.remove(['cache:a']);
    const raised = await entries.raiseFloor(SCOPE, 0);
    await replicated(group, '~v:{cache:}');
    await group.failover();
    await inService(adapter);
    expect(await entries.publish('cache:a', 'fenced', LOADED)).toBe(false);
    expect(await entries.publish('cache:b', 'running', LOADED)).toBe(true);
    const { versions } = await entries.read('cache:a', SCOPE);
    expect(raised).toEqual({ ...versions, status: 'applied' });
    expect((await entries.raiseFloor(SCOPE, 0)).clock).toBeGreaterThan(clock);
  });
});

describe('a slot migration', () => {
  test('lets no call fail that changes a key, and fences the load that runs', { timeout: TIMEOUT_MS }, async () => {
    const cluster = await RedisCluster.start({ replicasPerMaster: 0, nodeTimeoutMs: 20_000 });
    started.undo(() => cluster.stop());
    const entries = entriesOf(started.adapter(cluster.url, { resilience: { deadline: '5s' } }));
    const keys = ['write', 'remove', 'incr', 'hset', 'hdel', 'expire', 'other'].map((name) => `{moving}:${name}`);
    const [write = '', remove = '', incr = '', hset = '', hdel = '', expire = '', other = ''] = keys;
    await entries.write(remove, LOADED);
    await entries.hset(hdel, 'field', 1, undefined);
    await entries.write(expire, { ...LOADED, meta: { clock: 1, freshUntil: 10, expires: 20 } });
    for (const key of keys) expect((await entries.acquire(key, leaseOf('load'))).status).toBe('acquired');
    const from = await cluster.masterOf('{moving}');
    const to = otherThan(from, cluster.nodes);
    const migration = await cluster.migrateSlot('{moving}', to);
    await migration.moveKeys(5);
    await entries.write(write, { ...LOADED, value: 'written' });
    expect((await entries.remove([remove])).removed).toBe(1);
    expect(await entries.incr(incr, 2, undefined)).toBe(2);
    await entries.hset(hset, 'field', 1, undefined);
    expect(await entries.hdel(hdel, ['field'])).toBe(1);
    expect(await entries.expire(expire, 60_000)).toBe(true);
    await migration.moveKeys();
    await migration.finish();
    const changed = [write, remove, incr, hset, hdel, expire];
    for (const key of changed) expect(await entries.publish(key, 'load', LOADED)).toBe(false);
    expect(await entries.publish(other, 'load', LOADED)).toBe(true);
    expect((await entries.readValue(write)).stored?.value).toBe('written');
    expect((await entries.readValue(remove)).stored).toBeUndefined();
  });

  test('keeps the order of the changes of a key', { timeout: TIMEOUT_MS }, async () => {
    const cluster = await RedisCluster.start({ replicasPerMaster: 0, nodeTimeoutMs: 20_000 });
    started.undo(() => cluster.stop());
    const entries = entriesOf(started.adapter(cluster.url, { resilience: { deadline: '5s' } }));
    const from = await cluster.masterOf('{moving}');
    const to = otherThan(from, cluster.nodes);
    await cluster.migrateSlot('{moving}', to);
    for (let round = 0; round < 20; round++) {
      const key = `{moving}:${round}`;
      await Promise.all([entries.write(key, LOADED), entries.remove([key])]);
      expect((await entries.readValue(key)).stored).toBeUndefined();
      const counter = `{moving}:${round}:count`;
      const calls = [entries.write(counter, { ...LOADED, value: 5 }), entries.incr(counter, 1, undefined)];
      expect((await Promise.all(calls))[1]).toBe(6);
      expect((await entries.readValue(counter)).stored?.value).toBe(6);
    }
  });
});
