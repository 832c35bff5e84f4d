import type { Cluster } from 'ioredis';
import { RedisCluster, type RedisServer } from 'nestjs-redis-infra/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { RedisAdapter, type AdapterOptions, type RedisInfraError } from '../../src/index.js';
import { eventually } from '../support/eventually.js';

let cluster: RedisCluster;
let adapter: RedisAdapter;

beforeEach(async () => {
  // Long enough for a briefly frozen node to keep its slots.
  cluster = await RedisCluster.start({ replicasPerMaster: 0, nodeTimeoutMs: 20_000 });
});
afterEach(async () => {
  await adapter.disconnect();
  await cluster.stop();
});

function adapterOf(options?: AdapterOptions): RedisAdapter {
  adapter = new RedisAdapter(cluster.url, options);
  return adapter;
}

function failure(call: Promise<unknown>): Promise<RedisInfraError> {
  return call.then(
    () => expect.fail('the call resolved'),
    (error: unknown) => error as RedisInfraError,
  );
}

/** A master without a connection yet, so that the first command waits for one. */
function unconnected(): RedisServer {
  const nodes = (adapter.client as Cluster).nodes('master');
  const waiting = nodes.find(({ status }) => status === 'wait')?.options.port;
  return cluster.nodes.find(({ port }) => port === waiting) as RedisServer;
}

async function keyOf(master: RedisServer): Promise<string> {
  for (let i = 0; ; i++) if ((await cluster.masterOf(`k${i}`)) === master) return `k${i}`;
}

function otherThan(...masters: RedisServer[]): RedisServer {
  return cluster.nodes.find((node) => !masters.includes(node)) as RedisServer;
}

describe('a slot migration', () => {
  test('fails no call and loses no count, from the first ASK to the last MOVED', async () => {
    adapterOf({ resilience: { deadline: '5s' } });
    const keys = Array.from({ length: 40 }, (_, i) => `{moving}${i}`);
    const acknowledged = new Map(keys.map((key) => [key, 0]));
    await adapter.setMany(keys.map((key) => ({ key: `${key}:value`, value: key })));
    let running = true;
    let rounds = 0;
    const load = (async () => {
      while (running) {
        await Promise.all(
          keys.map(async (key) => {
            acknowledged.set(key, await adapter.incr(key));
            expect(await adapter.get(`${key}:value`)).toBe(key);
          }),
        );
        rounds++;
      }
    })();
    const untilNextRound = async (): Promise<void> => {
      const now = rounds;
      await eventually(() => rounds > now + 1);
    };
    try {
      const from = await cluster.masterOf('{moving}');
      const migration = await cluster.migrateSlot('{moving}', otherThan(from));
      await untilNextRound();
      await migration.moveKeys(30);
      await untilNextRound();
      await migration.finish();
      await untilNextRound();
    } finally {
      running = false;
    }
    await load;
    expect(await adapter.getMany(keys)).toEqual(keys.map((key) => acknowledged.get(key)));
    expect([...acknowledged.values()]).toEqual(keys.map(() => rounds));
  });

  test('that is half done lets deleteMany remove keys on both nodes', async () => {
    adapterOf({ keyPrefix: '{moving}', resilience: { deadline: '5s' } });
    const keys = Array.from({ length: 40 }, (_, i) => `k${i}`);
    await adapter.setMany(keys.map((key) => ({ key, value: 1 })));
    const migration = await cluster.migrateSlot('{moving}', otherThan(await cluster.masterOf('{moving}')));
    await migration.moveKeys(20);
    expect(await adapter.deleteMany(keys)).toBe(40);
    await migration.finish();
    expect(await adapter.getMany(keys)).toEqual(keys.map(() => undefined));
  });

  test('redirects calls with ASK to a node without a connection yet', async () => {
    adapterOf();
    await adapter.connect();
    const to = unconnected();
    const key = await keyOf(otherThan(to));
    await adapter.set(key, 'moved');
    const migration = await cluster.migrateSlot(key, to);
    await migration.moveKeys();
    const calls = Array.from({ length: 20 }, () => adapter.get(key));
    expect(new Set(await Promise.all([...calls, adapter.incr(`{${key}}:count`)]))).toEqual(new Set(['moved', 1]));
    expect(await adapter.get(`{${key}}:count`)).toBe(1);
    await migration.cancel();
  });

  test('that is half done makes a script on keys of both nodes reject with TRYAGAIN, sent once', async () => {
    adapterOf({ resilience: { retry: false } });
    await adapter.setMany(['{moving}a', '{moving}b', '{moving}c'].map((key) => ({ key, value: 1 })));
    const migration = await cluster.migrateSlot('{moving}', otherThan(await cluster.masterOf('{moving}')));
    await migration.moveKeys(1);
    const script = { name: 'TRIPLE', source: 'return 1', keys: 3, parse: Number };
    const run = adapter.can.scripts?.run(script, ['{moving}a', '{moving}b', '{moving}c'], []);
    await expect(run).rejects.toMatchObject({
      code: 'COMMAND_FAILED',
      retryable: true,
      outcome: 'not-executed',
      context: { reply: 'TRYAGAIN' },
    });
    const stats = await Promise.all(cluster.nodes.map((node) => node.command('INFO', 'commandstats')));
    const refused = stats.map((text) => Number(/cmdstat_eval:.*rejected_calls=(\d+)/.exec(String(text))?.[1] ?? 0));
    expect(refused.sort((a, b) => a - b)).toEqual([0, 0, 1]);
    await migration.finish();
  });

  test('during a scan makes the scan visit the new node of the slot again', async () => {
    const [first, second] = (await cluster.masters()) as [RedisServer, RedisServer];
    const tag = await keyOf(second);
    adapterOf();
    const keys = Array.from({ length: 200 }, (_, i) => `{${tag}}${i}`);
    await adapter.setMany(keys.map((key) => ({ key, value: 1 })));
    const seen = new Set<string>();
    const nodes: string[] = [];
    let seenBefore = 200;
    for await (const batch of adapter.can.keys!.scan({ count: 10 })) {
      if (nodes.at(-1) !== batch.node) nodes.push(batch.node);
      for (const key of batch.keys) seen.add(key);
      // To a node that the scan has passed, while it is on the other one.
      if (nodes.length === 2 && (await cluster.masterOf(tag)) === second) {
        await (await cluster.migrateSlot(tag, first)).finish();
        seenBefore = seen.size;
      }
    }
    expect(seen).toEqual(new Set(keys));
    expect(seenBefore).toBeLessThan(200);
    expect(nodes).toHaveLength(4);
    expect(await adapter.clear({ wholeDatabase: true })).toBe(200);
  });
});

describe('a silent node of a cluster', () => {
  test('loses its connection after three deadlines, and the other nodes keep theirs', async () => {
    adapterOf();
    const masters = await cluster.masters();
    const keys = await Promise.all(masters.map(keyOf));
    await adapter.setMany(keys.map((key) => ({ key, value: 1 })));
    const streams = masters.map(
      ({ port }) => (adapter.client as Cluster).nodes().find(({ options }) => options.port === port)?.stream,
    );
    masters[0]?.freeze();
    let failures = 0;
    await eventually(async () => {
      expect(await adapter.get(keys[1] as string)).toBe(1);
      failures += await adapter.get(keys[0] as string).then(
        () => 0,
        () => 1,
      );
      return streams[0]?.destroyed === true;
    });
    expect(failures).toBeGreaterThanOrEqual(3);
    expect(streams.map((stream) => stream?.destroyed)).toEqual([true, false, false]);
    masters[0]?.thaw();
    await eventually(() =>
      adapter.get(keys[0] as string).then(
        (value) => value === 1,
        () => false,
      ),
    );
  });
});

describe('a command whose deadline passes while its node is connecting', () => {
  test('rejects as not-sent, and is not sent later', async () => {
    adapterOf();
    await adapter.connect();
    const node = unconnected();
    const key = await keyOf(node);
    node.freeze();
    const calls = [adapter.set(key, 'late'), adapter.incr(`{${key}}:count`), adapter.get(key)];
    for (const error of await Promise.all(calls.map(failure))) {
      expect(error).toMatchObject({ code: 'DEADLINE_EXCEEDED', outcome: 'not-sent' });
    }
    node.thaw();
    await eventually(() =>
      adapter.get(key).then(
        () => true,
        () => false,
      ),
    );
    expect(await node.command('EXISTS', key, `{${key}}:count`)).toBe(0);
  });

  test('rejects as not-sent also after a redirect with MOVED', async () => {
    adapterOf();
    await adapter.connect();
    const to = unconnected();
    const key = await keyOf(otherThan(to));
    await adapter.get(key);
    const migration = await cluster.migrateSlot(key, to);
    await migration.finish();
    to.freeze();
    const error = await failure(adapter.set(key, 'late'));
    expect(error).toMatchObject({ code: 'DEADLINE_EXCEEDED', outcome: 'not-sent' });
    to.thaw();
    await eventually(() =>
      adapter.get(key).then(
        () => true,
        () => false,
      ),
    );
    expect(await to.command('EXISTS', key)).toBe(0);
  });
});
