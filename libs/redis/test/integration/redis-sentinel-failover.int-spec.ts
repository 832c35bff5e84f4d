import type { Redis } from 'ioredis';
import { RedisSentinels, type RedisServer } from 'nestjs-redis-infra/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import type { RedisAdapter } from '../../src/index.js';
import { CallCounter } from '../support/call-counter.js';
import { eventually } from '../support/eventually.js';
import { resourcesPerTest } from '../support/started.js';

const started = resourcesPerTest();
const TIMEOUT_MS = 60_000;

let group: RedisSentinels;
beforeEach(async () => {
  group = await RedisSentinels.start();
  started.undo(() => group.stop());
});

/** Increments one key and reads another in a loop. */
class Load {
  readonly counting: CallCounter;
  readonly reading: CallCounter;

  constructor(adapter: RedisAdapter, key = 'counter') {
    this.counting = new CallCounter(() => adapter.incr(key));
    this.reading = new CallCounter(() => adapter.get('read'));
    started.undo(() => this.end());
  }

  async progress(): Promise<void> {
    await Promise.all([this.counting.progress(), this.reading.progress()]);
  }

  /** Fails if a call does not settle. */
  async end(): Promise<void> {
    await Promise.all([this.counting.end(), this.reading.end()]);
  }

  /** The codes of failed calls, except the expected ones. */
  codesBut(...expected: readonly string[]): readonly string[] {
    return [...this.counting.codes, ...this.reading.codes].filter((code) => !expected.includes(code));
  }
}

/** The codes of calls to an unavailable server. */
const UNAVAILABLE = ['CONNECTION_FAILED', 'DEADLINE_EXCEEDED', 'CIRCUIT_OPEN'];
/** The codes of calls to a former master that has not closed the connection yet. */
const DEMOTED = [...UNAVAILABLE, 'READ_ONLY'];

async function countOn(server: RedisServer, key = 'counter'): Promise<number> {
  return Number(await server.command('GET', key));
}

function portOf(adapter: RedisAdapter): number | undefined {
  return (adapter.client as Redis).stream.remotePort;
}

/** Waits until the adapter is connected to the server with closed circuits, without making calls. */
async function servedBy(server: RedisServer, adapter: RedisAdapter): Promise<void> {
  await eventually(() => {
    const { state, circuits } = adapter.status();
    return (
      portOf(adapter) === server.port && state === 'up' && circuits.read === 'closed' && circuits.write === 'closed'
    );
  }, 15_000);
}

/** The server has every acknowledged incr, and no more than those that were sent. */
async function isExact(server: RedisServer, { counting }: Load, key = 'counter'): Promise<void> {
  const count = await countOn(server, key);
  expect(count).toBeGreaterThanOrEqual(counting.acknowledged);
  expect(count).toBeLessThanOrEqual(counting.acknowledged + counting.unknown);
}

/**
 * Expects no incr to be lost from now on. Calls may still fail once: the Sentinel that led the failover announces it later than the
 * others, when the failover is complete, and ioredis then reconnects.
 */
async function losesNothing(
  server: RedisServer,
  adapter: RedisAdapter,
  meanwhile: () => unknown = () => {},
): Promise<void> {
  const load = new Load(adapter, 'after');
  await load.progress();
  await meanwhile();
  await load.progress();
  await load.end();
  expect(load.codesBut(...UNAVAILABLE)).toEqual([]);
  await isExact(server, load, 'after');
  expect(portOf(adapter)).toBe(server.port);
}

/** Whether a client is subscribed to the announcements of this Sentinel. */
async function hasSubscriber(sentinel: RedisSentinels['sentinels'][number]): Promise<boolean> {
  return / sub=[1-9]/.test(String(await sentinel.command('CLIENT', 'LIST', 'TYPE', 'pubsub')));
}

/** Prevents the Sentinels from demoting a server: it still reports to be the master, and keeps its connections. */
async function keepMaster(server: RedisServer): Promise<void> {
  const user = String(await server.command('ACL', 'WHOAMI'));
  await server.command('ACL', 'SETUSER', user, '-slaveof');
}

describe('a requested failover', () => {
  test(
    'of a master that refuses writes meanwhile loses and duplicates no acknowledged incr',
    async () => {
      const adapter = started.adapter(group.url);
      const load = new Load(adapter);
      await load.progress();
      const before = await group.master();
      await before.command('CONFIG', 'SET', 'min-replicas-to-write', 9);
      await eventually(async () => {
        const counts = await Promise.all(group.servers.map((server) => countOn(server)));
        return new Set(counts).size === 1;
      });
      const now = await group.failover();
      await load.progress();
      await load.end();
      await servedBy(now, adapter);
      await isExact(now, load);
      // NOREPLICAS is COMMAND_FAILED.
      expect(load.codesBut(...DEMOTED, 'COMMAND_FAILED')).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    'under writes duplicates no incr, and loses none afterwards',
    async () => {
      const adapter = started.adapter(group.url);
      const load = new Load(adapter);
      await load.progress();
      const now = await group.failover();
      await load.progress();
      await load.end();
      await servedBy(now, adapter);
      // No lower bound: unlike CLUSTER FAILOVER, SENTINEL FAILOVER does not stop writes to the old master. Writes that it acknowledges
      // after the promotion of the replica are lost.
      expect(await countOn(now)).toBeLessThanOrEqual(load.counting.acknowledged + load.counting.unknown);
      expect(load.codesBut(...DEMOTED)).toEqual([]);
      await losesNothing(now, adapter);
    },
    TIMEOUT_MS,
  );

  test(
    'makes the adapter leave the old master, even if that still reports to be the master',
    async () => {
      const adapter = started.adapter(group.url);
      const load = new Load(adapter);
      await load.progress();
      const before = await group.master();
      await keepMaster(before);
      const now = await group.failover();
      await servedBy(now, adapter);
      await losesNothing(now, adapter);
      await load.end();
      expect(load.codesBut(...UNAVAILABLE)).toEqual([]);
      expect(await before.role()).toBe('master');
    },
    TIMEOUT_MS,
  );
});

describe('a failed master', () => {
  test.each(['killed', 'frozen'] as const)(
    'that was %s is replaced, and its return as a replica disturbs no call',
    async (how) => {
      const adapter = started.adapter(group.url);
      const load = new Load(adapter);
      await load.progress();
      const before = how === 'killed' ? await group.killMaster() : await group.freezeMaster();
      const now = await group.nextMaster(before);
      await load.progress();
      await load.end();
      await servedBy(now, adapter);
      // No lower bound: replication is asynchronous, so the last acknowledged writes may not have reached the new master.
      expect(await countOn(now)).toBeLessThanOrEqual(load.counting.acknowledged + load.counting.unknown);
      expect(load.codesBut(...UNAVAILABLE)).toEqual([]);
      await losesNothing(now, adapter, async () => {
        if (how === 'killed') await before.restart();
        else before.thaw();
        await group.settled();
      });
      expect(await before.isInSync(now)).toBe(true);
      await eventually(async () => (await countOn(before, 'after')) === (await countOn(now, 'after')));
    },
    TIMEOUT_MS,
  );

  test(
    'that executed an incr without a reply leaves none counted twice',
    async () => {
      const before = await group.master();
      const proxies = new Map<string, { host: string; port: number }>();
      const proxy = await started.proxy(before);
      proxies.set(`127.0.0.1:${before.port}`, { host: '127.0.0.1', port: proxy.port });
      const adapter = started.adapter({ url: group.url, ioredis: { natMap: (key) => proxies.get(key) ?? null } });
      const load = new Load(adapter);
      await load.progress();
      proxy.hold('replies');
      // The replicas have all acknowledged increments, and some without a reply.
      await eventually(async () => {
        const counts = await Promise.all(group.servers.map((server) => countOn(server)));
        return Math.min(...counts) > load.counting.acknowledged + 1;
      });
      await before.kill();
      await proxy.heal();
      const now = await group.nextMaster(before);
      await load.progress();
      await load.end();
      await servedBy(now, adapter);
      await isExact(now, load);
      expect(load.codesBut(...UNAVAILABLE)).toEqual([]);
    },
    TIMEOUT_MS,
  );
});

describe('a new master that the Sentinels announce', () => {
  test('while queries to them get no answer is found', async () => {
    const proxies = await Promise.all(group.sentinels.map(({ port }) => started.proxy(port)));
    const sentinels = proxies.map(({ port }) => `127.0.0.1:${port}`);
    const options = { sentinels, sentinelName: group.name, ioredis: { updateSentinels: false } };
    const adapter = started.adapter(options);
    const load = new Load(adapter);
    await load.progress();
    await eventually(async () => (await Promise.all(group.sentinels.map(hasSubscriber))).every(Boolean));
    // Open subscriptions still get announcements; new connections get no answer.
    for (const proxy of proxies) proxy.silence();
    const before = await group.killMaster();
    const now = await group.nextMaster(before);
    await group.settled();
    // By now the Sentinels announce nothing more, and answer again.
    await Promise.all(proxies.map((proxy) => proxy.heal()));
    await load.progress();
    await load.end();
    await servedBy(now, adapter);
    expect(load.codesBut(...UNAVAILABLE)).toEqual([]);
    await losesNothing(now, adapter);
  }, 60_000);
});

describe('a master that was demoted by hand', () => {
  test(
    'is left once the Sentinels report another master',
    async () => {
      const adapter = started.adapter(group.url);
      const load = new Load(adapter);
      await load.progress();
      const before = await group.master();
      const [replica] = await group.replicas();
      await before.command('REPLICAOF', '127.0.0.1', replica!.port);
      const now = await group.nextMaster(before);
      await load.progress();
      await load.end();
      await servedBy(now, adapter);
      expect(load.codesBut(...DEMOTED)).toEqual([]);
      expect(await countOn(now)).toBeLessThanOrEqual(load.counting.acknowledged + load.counting.unknown);
      await losesNothing(now, adapter);
    },
    TIMEOUT_MS,
  );

  test(
    'is left because it answers READONLY, without an announcement of the Sentinels',
    async () => {
      const adapter = started.adapter({ url: group.url, ioredis: { sentinelReconnectStrategy: () => 3_600_000 } });
      const load = new Load(adapter);
      await load.progress();
      for (const sentinel of group.sentinels) {
        await eventually(() => hasSubscriber(sentinel));
        await sentinel.command('CLIENT', 'KILL', 'TYPE', 'pubsub');
      }
      const before = await group.master();
      await keepMaster(before);
      const now = await group.failover();
      await load.progress();
      expect(portOf(adapter)).toBe(before.port);
      await before.command('REPLICAOF', '127.0.0.1', now.port);
      await servedBy(now, adapter);
      await load.progress();
      await load.end();
      expect(load.counting.codes).toContain('READ_ONLY');
      expect(load.codesBut(...DEMOTED)).toEqual([]);
      await losesNothing(now, adapter);
    },
    TIMEOUT_MS,
  );
});
