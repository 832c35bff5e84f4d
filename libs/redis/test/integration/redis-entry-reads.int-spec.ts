import { RedisCluster, type RedisServer } from 'nestjs-redis-infra/testing';
import { describe, expect, test } from 'vitest';
import type { VersionScope } from '../../src/domain/entry-store.js';
import { callsOf, entriesOf, SCOPE } from '../support/entries.js';
import { eventually } from '../support/eventually.js';
import { codeOf, failure, resourcesPerTest } from '../support/started.js';

const started = resourcesPerTest();
const NESTED: VersionScope = { prefixes: ['cache:', 'cache:users::'] };

/** The server time in milliseconds. */
async function timeOf(server: RedisServer): Promise<number> {
  const [seconds, micros] = (await server.command('TIME')) as unknown as readonly [string, string];
  return Number(seconds) * 1000 + Number(micros) / 1000;
}

describe('a read of an entry on one server', () => {
  test('is one MGET of the value and the version tables, and needs no other command', async () => {
    const server = await started.server();
    const entries = entriesOf(started.adapter(server.url));
    await entries.read('cache:users::a', NESTED);
    await server.command('CONFIG', 'RESETSTAT');
    for (let i = 0; i < 5; i++) await entries.read('cache:users::a', NESTED);
    expect(await callsOf(server, 'mget', 'get', 'time', 'eval')).toEqual([5, 0, 0, 0]);
  });

  test('shares one MGET and its tables with the other reads of the tick', async () => {
    const server = await started.server();
    const adapter = started.adapter(server.url);
    const entries = entriesOf(adapter);
    await entries.write('cache:a', { value: 1, meta: undefined, ttlMs: undefined });
    await adapter.set('plain', 2);
    await entries.versions(SCOPE);
    await entries.readValue('cache:a');
    await server.command('CONFIG', 'RESETSTAT');
    const keys = Array.from({ length: 40 }, (_, i) => `cache:${i}`);
    const reads = [...keys, 'cache:a', 'cache:a'].map((key) => entries.read(key, SCOPE));
    const plain = adapter.get('plain');
    const values = (await Promise.all(reads)).map(({ stored }) => stored?.value);
    expect(values).toEqual([...keys.map(() => undefined), 1, 1]);
    expect(await plain).toBe(2);
    const [mget = 0, get = 0] = await callsOf(server, 'mget', 'get');
    expect(mget + get).toBeLessThanOrEqual(2);
    // A server counts the lookups of each key.
    const stats = String(await server.command('INFO', 'stats'));
    const lookups = Number(/keyspace_hits:(\d+)/.exec(stats)?.[1]) + Number(/keyspace_misses:(\d+)/.exec(stats)?.[1]);
    expect(lookups).toBeLessThanOrEqual(keys.length + 2 + 2);
  });

  test('sees a change that was made before it in the same tick', async () => {
    const entries = entriesOf(started.adapter((await started.server()).url));
    const before = await entries.versions(SCOPE);
    const [early, raised, late] = await Promise.all([
      entries.read('cache:a', SCOPE),
      entries.raiseFloor(SCOPE, 0),
      entries.read('cache:a', SCOPE),
    ]);
    expect(early.versions).toEqual(before);
    expect(raised).toEqual({ ...late.versions, status: 'applied' });
  });

  test('creates the tables again when they were lost, with a floor above the old one', async () => {
    const server = await started.server();
    const entries = entriesOf(started.adapter(server.url));
    const before = await entries.versions(NESTED);
    await server.command('FLUSHALL');
    await eventually(async () => (await timeOf(server)) > before.clock + 1);
    const { versions } = await entries.read('cache:users::a', NESTED);
    expect(versions.floor).toBeGreaterThan(before.floor);
    expect(await entries.versions(NESTED)).toBe(versions);
  });

  test.each(['', 'text', '1 2', '1 2 x 4', '9 9 9 99999999999999999999'])(
    'replaces a damaged version table %j',
    async (text) => {
      const server = await started.server();
      const entries = entriesOf(started.adapter(server.url));
      await server.command('SET', '~v:{cache:}', text);
      const { floor, clock } = await entries.versions(SCOPE);
      expect([Number.isSafeInteger(floor), Number.isSafeInteger(clock)]).toEqual([true, true]);
    },
  );

  test('fails only for the key that the user may not read', async () => {
    const users = { app: { password: 'a password of the test', rules: '~cache:* ~~* ~{* &* +@all' } };
    const server = await started.server({ users });
    const entries = entriesOf(started.adapter(server.urlOf({ user: 'app' })));
    await entries.versions(SCOPE);
    const keys = ['cache:a', 'other:a', 'cache:b'];
    const codes = keys.map((key) => codeOf(entries.read(key, SCOPE)));
    expect(await Promise.all(codes)).toEqual(['ok', 'COMMAND_FAILED', 'ok']);
  });
});

describe('the server time of a read', () => {
  test('lies between the times of the server before and after it', async () => {
    const server = await started.server();
    const entries = entriesOf(started.adapter(server.url));
    for (let i = 0; i < 20; i++) {
      const before = await timeOf(server);
      const { nowMs } = await entries.readValue('a');
      const after = await timeOf(server);
      expect(nowMs).toBeLessThanOrEqual(after);
      // The estimate assumes that the server read its clock at the moment of the reply, and so may be early.
      expect(nowMs).toBeGreaterThan(before - 5000);
    }
  });

  test('is queried once for a connection, and again after a reconnect', async () => {
    const server = await started.server();
    const adapter = started.adapter(server.url);
    const entries = entriesOf(adapter);
    for (let i = 0; i < 5; i++) await entries.readValue('a');
    expect(await callsOf(server, 'time')).toEqual([1]);
    await server.restart();
    await eventually(async () => (await codeOf(entries.readValue('a'))) === 'ok');
    await entries.readValue('a');
    expect(await callsOf(server, 'time')).toEqual([1]);
  });

  test('is learned from the reply to a request for a lease', async () => {
    const server = await started.server();
    const entries = entriesOf(started.adapter(server.url));
    const { nowMs } = await entries.acquire('a', { token: 't', ttlMs: 1000, clock: 1, minClock: 0 });
    expect((await entries.readValue('a')).nowMs).toBeGreaterThanOrEqual(nowMs);
    expect((await callsOf(server, 'time'))[0]).toBeLessThanOrEqual(1);
  });

  test('rejects a read if the user may not query it', async () => {
    const users = { app: { password: 'a password of the test', rules: '~* &* +@all -time' } };
    const server = await started.server({ users });
    const entries = entriesOf(started.adapter(server.urlOf({ user: 'app' })));
    const error = await failure(entries.readValue('a'));
    expect([error.code, error.context.reply]).toEqual(['COMMAND_FAILED', 'NOPERM']);
  });
});

describe('reads of entries in a cluster', () => {
  test('of one tick send one command for the version tables, besides one per value', async () => {
    const cluster = await RedisCluster.start({ replicasPerMaster: 0 });
    started.undo(() => cluster.stop());
    const entries = entriesOf(started.adapter(cluster.url));
    const keys = Array.from({ length: 30 }, (_, i) => `cache:${i}`);
    await Promise.all(keys.map((key) => entries.read(key, NESTED)));
    await Promise.all(cluster.nodes.map((node) => node.command('CONFIG', 'RESETSTAT')));
    const reads = await Promise.all(keys.map((key) => entries.read(key, NESTED)));
    const calls = await Promise.all(cluster.nodes.map((node) => callsOf(node, 'mget', 'get', 'time')));
    const sums = [0, 1, 2].map((i) => calls.reduce((sum, each) => sum + (each[i] ?? 0), 0));
    expect(sums[0]).toBeLessThanOrEqual(2);
    expect(sums.slice(1)).toEqual([30, 0]);
    expect(new Set(reads.map(({ versions }) => versions)).size).toBe(1);
  });
});
