import type { Redis } from 'ioredis';
import { RedisSentinels, type RedisServer } from 'nestjs-redis-infra/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import type { RedisAdapter } from '../../src/index.js';
import { CallCounter } from '../support/call-counter.js';
import { eventually } from '../support/eventually.js';
import { startedPerTest } from '../support/started.js';

const started = startedPerTest();
const TIMEOUT_MS = 60_000;

let group: RedisSentinels;
beforeEach(async () => {
  group = await RedisSentinels.start();
  started.undo(() => group.stop());
});

/** Counts a key and reads another, all the time. */
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

  /** Also where a call does not come to an end: then it fails. */
  async end(): Promise<void> {
    await Promise.all([this.counting.end(), this.reading.end()]);
  }

  /** The codes that calls failed with, but for those. */
  codesBut(...expected: readonly string[]): readonly string[] {
    return [...this.counting.codes, ...this.reading.codes].filter((code) => !expected.includes(code));
  }
}

/** What there is to be said of a server that is away. */
const AWAY = ['CONNECTION_FAILED', 'DEADLINE_EXCEEDED', 'CIRCUIT_OPEN'];
/** And of one that is a master no more, and has not closed our connection yet. */
const DEMOTED = [...AWAY, 'READ_ONLY'];

async function countOn(server: RedisServer, key = 'counter'): Promise<number> {
  return Number(await server.command('GET', key));
}

function portOf(adapter: RedisAdapter): number | undefined {
  return (adapter.client as Redis).stream.remotePort;
}

/** Waits until the adapter is in service there, by itself. */
async function servedBy(server: RedisServer, adapter: RedisAdapter): Promise<void> {
  await eventually(() => {
    const { state, circuits } = adapter.status();
    return (
      portOf(adapter) === server.port && state === 'up' && circuits.read === 'closed' && circuits.write === 'closed'
    );
  }, 15_000);
}

/** Every count that was acknowledged there, and none but those that were sent. */
async function isExact(server: RedisServer, { counting }: Load, key = 'counter'): Promise<void> {
  const count = await countOn(server, key);
  expect(count).toBeGreaterThanOrEqual(counting.acknowledged);
  expect(count).toBeLessThanOrEqual(counting.acknowledged + counting.unknown);
}

/**
 * From here on all is well. Calls may fail nevertheless, once: the Sentinel that led the failover tells of it when it is over, later
 * than the others, and ioredis connects anew then.
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
  expect(load.codesBut(...AWAY)).toEqual([]);
  await isExact(server, load, 'after');
  expect(portOf(adapter)).toBe(server.port);
}

/** Somebody waits for this Sentinel to tell of a new master. */
async function isHeard(sentinel: RedisSentinels['sentinels'][number]): Promise<boolean> {
  return / sub=[1-9]/.test(String(await sentinel.command('CLIENT', 'LIST', 'TYPE', 'pubsub')));
}

/** The Sentinels cannot make a replica of it: it goes on taking itself for the master, and keeps its connections. */
async function keepMaster(server: RedisServer): Promise<void> {
  const user = String(await server.command('ACL', 'WHOAMI'));
  await server.command('ACL', 'SETUSER', user, '-slaveof');
}

describe('a master that is replaced on request', () => {
  test(
    'and takes no writes meanwhile, as it should, loses no count, and adds none',
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
    'in the midst of writes adds no count, and loses none from then on',
    async () => {
      const adapter = started.adapter(group.url);
      const load = new Load(adapter);
      await load.progress();
      const now = await group.failover();
      await load.progress();
      await load.end();
      await servedBy(now, adapter);
      // No lower bound: unlike CLUSTER FAILOVER, SENTINEL FAILOVER does not stop the writes of the old master. What that one
      // acknowledges after the replica was promoted is lost with its data.
      expect(await countOn(now)).toBeLessThanOrEqual(load.counting.acknowledged + load.counting.unknown);
      expect(load.codesBut(...DEMOTED)).toEqual([]);
      await losesNothing(now, adapter);
    },
    TIMEOUT_MS,
  );

  test(
    'is left as soon as the Sentinels say so, though it takes itself for the master',
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
      expect(load.codesBut(...AWAY)).toEqual([]);
      expect(await before.role()).toBe('master');
    },
    TIMEOUT_MS,
  );
});

describe('a master that is gone', () => {
  test.each(['killed', 'frozen'] as const)(
    '%s, is done without, and comes back as a replica that disturbs nobody',
    async (how) => {
      const adapter = started.adapter(group.url);
      const load = new Load(adapter);
      await load.progress();
      const before = how === 'killed' ? await group.killMaster() : await group.freezeMaster();
      const now = await group.nextMaster(before);
      await load.progress();
      await load.end();
      await servedBy(now, adapter);
      // No lower bound: replication is asynchronous, so what the old master acknowledged last may not have reached the new one.
      expect(await countOn(now)).toBeLessThanOrEqual(load.counting.acknowledged + load.counting.unknown);
      expect(load.codesBut(...AWAY)).toEqual([]);
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
    'after it ran counts and could not say so, leaves none of them counted twice',
    async () => {
      const before = await group.master();
      const proxies = new Map<string, { host: string; port: number }>();
      const proxy = await started.proxy(before);
      proxies.set(`127.0.0.1:${before.port}`, { host: '127.0.0.1', port: proxy.port });
      const adapter = started.adapter({ url: group.url, ioredis: { natMap: (key) => proxies.get(key) ?? null } });
      const load = new Load(adapter);
      await load.progress();
      proxy.hold('replies');
      // They have all reached the replicas, those that were acknowledged and some that were not.
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
      expect(load.codesBut(...AWAY)).toEqual([]);
    },
    TIMEOUT_MS,
  );
});

describe('a new master that is told of', () => {
  test('while it is being asked for is found all the same', async () => {
    const proxies = await Promise.all(group.sentinels.map(({ port }) => started.proxy(port)));
    const sentinels = proxies.map(({ port }) => `127.0.0.1:${port}`);
    const options = { sentinels, sentinelName: group.name, ioredis: { updateSentinels: false } };
    const adapter = started.adapter(options);
    const load = new Load(adapter);
    await load.progress();
    await eventually(async () => (await Promise.all(group.sentinels.map(isHeard))).every(Boolean));
    // Who listens goes on hearing the Sentinels; who asks gets no answer.
    for (const proxy of proxies) proxy.silence();
    const before = await group.killMaster();
    const now = await group.nextMaster(before);
    await group.settled();
    // No Sentinel has anything more to tell by now, and all answer again.
    await Promise.all(proxies.map((proxy) => proxy.heal()));
    await load.progress();
    await load.end();
    await servedBy(now, adapter);
    expect(load.codesBut(...AWAY)).toEqual([]);
    await losesNothing(now, adapter);
  }, 60_000);
});

describe('a master that somebody made a replica by hand', () => {
  test(
    'while the Sentinels still name it, is left when they name another',
    async () => {
      const adapter = started.adapter(group.url);
      const load = new Load(adapter);
      await load.progress();
      const before = await group.master();
      const [other] = await group.replicas();
      await before.command('REPLICAOF', '127.0.0.1', other!.port);
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
    'is left because of its answer, where nothing was heard from the Sentinels',
    async () => {
      const adapter = started.adapter({ url: group.url, ioredis: { sentinelReconnectStrategy: () => 3_600_000 } });
      const load = new Load(adapter);
      await load.progress();
      for (const sentinel of group.sentinels) {
        await eventually(() => isHeard(sentinel));
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
