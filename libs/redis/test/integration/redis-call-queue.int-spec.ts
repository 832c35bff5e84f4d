import { RedisCluster } from 'nestjs-redis-infra/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CacheService, RedisAdapter, type RedisInfraError } from '../../src/index.js';
import { eventually } from '../support/eventually.js';
import { codeOf, failure, resourcesPerTest } from '../support/started.js';

const started = resourcesPerTest();
/** Long enough for a loaded machine: these tests are about the queue, not about speed. */
const DEADLINE = '20s';

function times<T>(count: number, make: (i: number) => T): T[] {
  return Array.from({ length: count }, (_, i) => make(i));
}

/** The number of calls by code. */
async function tally(calls: readonly Promise<unknown>[]): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const code of await Promise.all(calls.map(codeOf))) counts[code] = (counts[code] ?? 0) + 1;
  return counts;
}

describe('a burst of more calls than maxInFlight', () => {
  test('completes on a RedisAdapter: sets, reads and deletes', async () => {
    const server = await started.server();
    const adapter = started.adapter(server.url, { resilience: { deadline: DEADLINE } });
    expect(await tally(times(3000, (i) => adapter.set(`k${i}`, i)))).toEqual({ ok: 3000 });
    expect(await server.command('DBSIZE')).toBe(3000);
    expect(await Promise.all(times(3000, (i) => adapter.hget(`k${i}`, 'f').catch(({ code }) => code)))).toEqual(
      times(3000, () => 'WRONG_TYPE'),
    );
    expect(await tally(times(3000, (i) => adapter.delete(`k${i}`)))).toEqual({ ok: 3000 });
    expect(await server.command('DBSIZE')).toBe(0);
    expect(adapter.status().pool).toMatchObject({ inFlight: 0, pending: 0 });
  });

  test('completes on a CacheService: sets, deletes and loads', async () => {
    const server = await started.server();
    const cache = new CacheService(server.url, { resilience: { deadline: DEADLINE } });
    started.undo(() => cache.disconnect());
    await cache.connect();
    await Promise.all(times(5000, (i) => cache.set(`k${i}`, i)));
    expect(await server.command('DBSIZE')).toBe(5000);
    expect(await Promise.all(times(5000, (i) => cache.delete(`k${i}`)))).toEqual(times(5000, () => true));
    expect(await server.command('DBSIZE')).toBe(0);
    // Also more than maxInFlight, but few enough that no lease of 5 s ends on a busy machine.
    await Promise.all(times(2500, (i) => cache.getOrSet(`k${i}`, () => i)));
    // The values, and the versions of the namespace.
    expect(await server.command('DBSIZE')).toBe(2501);
    expect(cache.stats()).toMatchObject({ skippedWrites: 0, errors: {} });
  });

  test('never has more than maxInFlight commands in flight', async () => {
    const server = await started.server();
    const adapter = started.adapter(server.url, { resilience: { deadline: DEADLINE, maxInFlight: 8 } });
    await adapter.connect();
    const inFlight: number[] = [];
    const sample = (): void => void inFlight.push(adapter.status().pool.inFlight);
    await Promise.all(times(500, (i) => adapter.set(`k${i}`, i).then(sample)));
    expect(Math.max(...inFlight)).toBeLessThanOrEqual(8);
  });

  test('keeps the order of calls on a key', async () => {
    const server = await started.server();
    const adapter = started.adapter(server.url, { resilience: { deadline: DEADLINE, maxInFlight: 2 } });
    await adapter.connect();
    const filler = times(20, (i) => adapter.set(`filler${i}`, i));
    const calls = [
      adapter.set('k', 'old'),
      adapter.get('k'),
      adapter.delete('k'),
      adapter.get('k'),
      adapter.incr('k'),
      adapter.incr('k'),
      adapter.getMany(['k']),
      adapter.setMany([{ key: 'k', value: 'new' }]),
      adapter.get('k'),
    ];
    expect(await Promise.all(calls)).toEqual([undefined, 'old', true, undefined, 1, 2, [2], undefined, 'new']);
    await Promise.all(filler);
  });
});

describe('a queued call', () => {
  const OPTIONS = { resilience: { maxInFlight: 10, maxQueued: 5, deadline: DEADLINE, breaker: false } } as const;

  /** A frozen server with maxInFlight commands in flight. */
  async function full() {
    const server = await started.server();
    const adapter = started.adapter(server.url, OPTIONS);
    await adapter.connect();
    server.freeze();
    return { server, adapter, inFlight: times(10, (i) => codeOf(adapter.set(`f${i}`, i))) };
  }

  test('counts towards maxQueued, and a call beyond it rejects with OVERLOADED immediately', async () => {
    const { server, adapter, inFlight } = await full();
    const queued = times(5, (i) => codeOf(adapter.set(`q${i}`, i)));
    expect(adapter.status().pool).toMatchObject({ inFlight: 10, pending: 5 });
    for (const call of [adapter.set('k', 1), adapter.get('k'), adapter.incr('n'), adapter.delete('k')]) {
      expect(await failure(call)).toMatchObject({
        code: 'OVERLOADED',
        outcome: 'not-sent',
        retryable: true,
        context: { limit: 10, queued: 5 },
      });
    }
    server.thaw();
    expect(new Set(await Promise.all([...inFlight, ...queued]))).toEqual(new Set(['ok']));
  });

  test('rejects at its deadline or signal, and was not sent', async () => {
    const { server, adapter, inFlight } = await full();
    const controller = new AbortController();
    const late = times(3, (i) => failure(adapter.with({ deadline: '50ms' }).set(`q${i}`, i)));
    const aborted = [
      failure(adapter.with({ signal: controller.signal }).set('q4', 4)),
      failure(adapter.with({ signal: controller.signal }).get('q5')),
    ];
    controller.abort(new Error('the request was closed'));
    for (const error of await Promise.all([...late, ...aborted]))
      expect(error).toMatchObject({ code: 'DEADLINE_EXCEEDED', outcome: 'not-sent' });
    expect(adapter.status().pool).toMatchObject({ inFlight: 10, pending: 0 });
    const queued = codeOf(adapter.set('q', 1));
    server.thaw();
    expect(new Set(await Promise.all([...inFlight, queued]))).toEqual(new Set(['ok']));
    expect(await server.command('EXISTS', 'q0', 'q1', 'q2', 'q4')).toBe(0);
  });

  test('rejects with CLOSED on disconnect(), and was not sent', async () => {
    const { server, adapter, inFlight } = await full();
    const queued = [failure(adapter.set('q', 1)), failure(adapter.get('q'))];
    const closed = adapter.disconnect();
    const after = failure(adapter.set('q', 2));
    for (const error of await Promise.all([...queued, after]))
      expect(error).toMatchObject({ code: 'CLOSED', outcome: 'not-sent' });
    await closed;
    await Promise.all(inFlight);
    server.thaw();
    await adapter.connect();
    expect(await adapter.get('q')).toBeUndefined();
  });

  test('rejects with CIRCUIT_OPEN when the circuit opens, and was not sent', async () => {
    const { server, adapter } = await full();
    const queued = [failure(adapter.set('q', 1)), failure(adapter.get('q'))];
    const close = adapter.isolate();
    for (const error of await Promise.all(queued))
      expect(error).toMatchObject({ code: 'CIRCUIT_OPEN', outcome: 'not-sent' });
    expect(adapter.status().pool).toMatchObject({ pending: 0 });
    close();
    server.thaw();
    await adapter.set('q', 2);
    expect(await server.command('GET', 'q')).toBe('2');
  });

  test('is sent or rejects when the connection is lost, and never stays queued', async () => {
    const server = await started.server();
    const proxy = await started.proxy(server);
    const adapter = started.adapter(proxy.url, { resilience: { deadline: DEADLINE, maxInFlight: 4 } });
    await adapter.connect();
    server.freeze();
    const calls = times(200, (i) => adapter.set(`k${i}`, i).catch((error: RedisInfraError) => error.outcome));
    proxy.cut();
    server.thaw();
    const outcomes = await Promise.all(calls);
    expect(outcomes.filter((outcome) => outcome === 'unknown').length).toBeLessThanOrEqual(4);
    expect(adapter.status().pool).toMatchObject({ inFlight: 0, pending: 0 });
    await eventually(async () => (await codeOf(adapter.set('again', 1))) === 'ok');
  });

  test('from before the first connect is sent once connected, in order', async () => {
    const server = await started.server();
    const adapter = started.adapter(server.url, { resilience: { deadline: DEADLINE, maxInFlight: 4 } });
    const calls = times(50, (i) => adapter.set(`k${i % 5}`, i));
    await Promise.all(calls);
    expect(await Promise.all(times(5, (i) => adapter.get(`k${i}`)))).toEqual([45, 46, 47, 48, 49]);
  });
});

describe('the queues of the nodes of a Cluster', () => {
  let cluster: RedisCluster;
  beforeAll(async () => {
    cluster = await RedisCluster.start({ replicasPerMaster: 0 });
  });
  afterAll(() => cluster.stop());

  test('are independent: a full queue of one node does not affect calls to the others', async () => {
    const adapter = new RedisAdapter(cluster.url, {
      resilience: { maxInFlight: 5, maxQueued: 5, deadline: DEADLINE, breaker: false },
    });
    started.undo(() => adapter.disconnect());
    const frozen = await cluster.masterOf('{x}');
    const other = await otherTag(cluster, '{x}');
    await Promise.all([adapter.set('{x}', 0), adapter.set(other, 0)]);
    frozen.freeze();
    const calls = times(10, (i) => codeOf(adapter.set(`{x}${i}`, i)));
    expect(await codeOf(adapter.set('{x}', 1))).toBe('OVERLOADED');
    expect(await tally(times(10, (i) => adapter.set(`${other}${i}`, i)))).toEqual({ ok: 10 });
    frozen.thaw();
    expect(new Set(await Promise.all(calls))).toEqual(new Set(['ok']));
  });

  test('send a burst from before the first connect in order', async () => {
    const adapter = new RedisAdapter(cluster.url, {
      keyPrefix: 'burst:',
      resilience: { maxInFlight: 20, deadline: DEADLINE },
    });
    started.undo(() => adapter.disconnect());
    expect(await tally(times(3000, (i) => adapter.set(`k${i % 100}`, i)))).toEqual({ ok: 3000 });
    expect(await Promise.all(times(100, (i) => adapter.get(`k${i}`)))).toEqual(times(100, (i) => 2900 + i));
  });
});

async function otherTag(cluster: RedisCluster, tag: string): Promise<string> {
  const owner = await cluster.masterOf(tag);
  for (let i = 0; i < 100; i++) if ((await cluster.masterOf(`{${i}}`)) !== owner) return `{${i}}`;
  return expect.fail('one node owns every slot');
}

describe('resealing limits its commands in flight and leaves capacity to callers', () => {
  const key = (id: string) => ({ id, secret: `secret of the test, key ${id}` });

  test('when 2500 values are read with resealOnRead', async () => {
    const server = await started.server();
    const before = started.adapter(server.url, {
      codec: { encryption: { keys: [key('a')], bindExpiry: true } },
      resilience: { deadline: DEADLINE },
    });
    await before.setMany(times(2500, (i) => ({ key: `k${i}`, value: { i } })));
    const adapter = started.adapter(server.url, {
      codec: { encryption: { keys: [key('b'), key('a')], primary: 'b', resealOnRead: true, bindExpiry: true } },
      resilience: { deadline: DEADLINE, maxInFlight: 64, maxQueued: 0 },
    });
    await adapter.connect();
    const read = await adapter.getMany<{ i: number }>(times(2500, (i) => `k${i}`));
    // The reader may change its value: the stored value is resealed.
    for (const value of read) if (value !== undefined) value.i = -1;
    expect(await codeOf(adapter.get('k0'))).toBe('ok');
    expect(adapter.status().pool.inFlight).toBeLessThanOrEqual(17);
    await eventually(() => adapter.status().pool.inFlight === 0);
    expect(await adapter.get('k1')).toEqual({ i: 1 });
    let resealed = 0;
    for await (const progress of adapter.resealAll({ wholeDatabase: true })) ({ resealed } = progress);
    expect(resealed).toBeLessThan(2500);
    expect(await adapter.getMany(['k0', 'k2499'])).toEqual([{ i: 0 }, { i: 2499 }]);
  });

  test('when resealAll runs on a whole database', async () => {
    const server = await started.server();
    const plain = started.adapter(server.url, { resilience: { deadline: DEADLINE } });
    await plain.setMany(times(2000, (i) => ({ key: `k${i}`, value: i })));
    await Promise.all(times(500, (i) => plain.hset('h', `f${i}`, i)));
    const adapter = started.adapter(server.url, {
      codec: { encryption: { keys: [key('a')], acceptPlainUntil: new Date(Date.now() + 60_000) } },
      resilience: { deadline: DEADLINE, maxInFlight: 64, maxQueued: 0 },
    });
    await adapter.connect();
    const samples: number[] = [];
    const timer = setInterval(() => samples.push(adapter.status().pool.inFlight), 1);
    let resealed = 0;
    for await (const progress of adapter.resealAll({ wholeDatabase: true, batch: 1000 })) ({ resealed } = progress);
    clearInterval(timer);
    expect(resealed).toBe(2500);
    expect(Math.max(0, ...samples)).toBeLessThanOrEqual(17);
  });
});
