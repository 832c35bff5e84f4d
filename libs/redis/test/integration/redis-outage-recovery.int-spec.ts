import { createServer, connect as dial, type AddressInfo, type Socket } from 'node:net';
import { RedisSentinels } from 'nestjs-redis-infra/testing';
import { describe, expect, test, vi } from 'vitest';
import type { RedisAdapter } from '../../src/index.js';
import { eventually } from '../support/eventually.js';
import { codeOf, failure, circuitEvents, inService, resourcesPerTest } from '../support/started.js';

const CLOSED = { read: 'closed', write: 'closed' };
const started = resourcesPerTest();

interface Load {
  /** The number of calls by code. */
  readonly codes: Map<string, number>;
  /** The time of the slowest call, in ms. */
  longestMs: number;
  end(): Promise<void>;
}

/** Makes calls of every kind in a loop until `end()`. */
function load(adapter: RedisAdapter, workers = 20): Load {
  const state = { codes: new Map<string, number>(), longestMs: 0, running: true };
  const timed = async (call: Promise<unknown>): Promise<void> => {
    const startedMs = performance.now();
    const code = await codeOf(call);
    state.longestMs = Math.max(state.longestMs, performance.now() - startedMs);
    state.codes.set(code, (state.codes.get(code) ?? 0) + 1);
  };
  const work = async (id: number): Promise<void> => {
    for (let i = 0; state.running; i++) {
      const calls = [
        adapter.incr(`n${id}`),
        adapter.get(`k${id}`),
        adapter.set(`k${id}`, i),
        adapter.getMany([`k${id}`, 'x']),
      ];
      await Promise.all(calls.map(timed));
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const all = Array.from({ length: workers }, (_, id) => work(id));
  const end = async (): Promise<void> => {
    state.running = false;
    await Promise.all(all);
  };
  started.undo(end);
  return Object.assign(state, { end });
}

/** Waits until more than `more` further calls ended with a code. */
const some = (all: Load, code: string, more = 0): Promise<void> => {
  const before = all.codes.get(code) ?? 0;
  return eventually(() => (all.codes.get(code) ?? 0) > before + more, 10_000);
};

/** The deadline plus a margin for a loaded machine. A call that hangs takes far longer. */
const SETTLED_MS = 500 + 1500;

describe('an outage under load: all calls settle, the circuits refuse calls, and calls succeed afterwards', () => {
  test('when the server is killed and restarted', async () => {
    const server = await started.server();
    const adapter = started.adapter(server.url);
    await adapter.connect();
    const events = circuitEvents(adapter);
    const all = load(adapter);
    await some(all, 'ok', 500);
    await server.kill();
    await some(all, 'CIRCUIT_OPEN', 1000);
    expect(adapter.status()).toMatchObject({ circuits: { read: expect.stringMatching(/open|half-open/) } });
    expect((await failure(adapter.get('k'))).cause).toMatchObject({ code: 'CONNECTION_FAILED' });
    await server.restart();
    await some(all, 'ok', 500);
    await all.end();
    expect(all.longestMs).toBeLessThan(SETTLED_MS);
    expect([...all.codes.keys()].filter((code) => !/ok|CIRCUIT_OPEN|CONNECTION_FAILED|OVERLOADED/.test(code))).toEqual(
      [],
    );
    expect(events.filter((event) => !event.startsWith('?'))).toEqual(['+read', '+write', '-read', '-write']);
    expect(events.slice(-4)).toEqual(['?true', '?true', '-read', '-write']);
    expect(adapter.status()).toMatchObject({ state: 'up', circuits: CLOSED });
  });

  test('when the server is frozen and thawed', async () => {
    const server = await started.server();
    const adapter = started.adapter(server.url);
    await adapter.connect();
    const all = load(adapter);
    await some(all, 'ok', 500);
    server.freeze();
    await some(all, 'CIRCUIT_OPEN', 1000);
    expect((await failure(adapter.get('k'))).cause).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    server.thaw();
    await some(all, 'ok', 500);
    await all.end();
    expect(all.longestMs).toBeLessThan(SETTLED_MS);
    expect(adapter.status().circuits).toEqual(CLOSED);
  });

  test('when the network discards all bytes', async () => {
    const server = await started.server();
    const proxy = await started.proxy(server);
    const adapter = started.adapter(proxy.url);
    await adapter.connect();
    const all = load(adapter);
    await some(all, 'ok', 500);
    proxy.blackHole();
    await some(all, 'CIRCUIT_OPEN', 1000);
    await proxy.heal();
    await some(all, 'ok', 500);
    await all.end();
    expect(all.longestMs).toBeLessThan(SETTLED_MS);
    expect(adapter.status().circuits).toEqual(CLOSED);
  });

  test('when the master is killed and Sentinels promote another server', async () => {
    const group = await RedisSentinels.start();
    started.undo(() => group.stop());
    const adapter = started.adapter(group.url);
    await adapter.connect();
    const all = load(adapter);
    await some(all, 'ok', 200);
    const before = await group.killMaster();
    await some(all, 'CIRCUIT_OPEN', 200);
    await group.nextMaster(before);
    await some(all, 'ok', 200);
    await all.end();
    expect(all.longestMs).toBeLessThan(SETTLED_MS);
    await eventually(() => adapter.status().circuits.write === 'closed');
  });
});

describe('a dead connection to a healthy server', () => {
  test('is replaced when a probe is answered, and gets no further calls', async () => {
    const server = await started.server();
    let first: Socket | undefined;
    let isDead = false;
    const proxy = createServer((client) => {
      const upstream = dial(server.port, '127.0.0.1');
      first ??= client;
      const isFirst = client === first;
      client.on('data', (chunk: Buffer) => void (isFirst && isDead ? undefined : upstream.write(chunk)));
      upstream.on('data', (chunk: Buffer) => void client.write(chunk));
      for (const [socket, peer] of [
        [client, upstream],
        [upstream, client],
      ] as const) {
        socket.on('error', () => {});
        socket.on('close', () => peer.destroy());
      }
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    started.undo(() => proxy.close());
    const adapter = started.adapter(`redis://127.0.0.1:${(proxy.address() as AddressInfo).port}`, {
      resilience: { deadline: '100ms' },
    });
    await adapter.set('k', 'here');
    isDead = true;
    const codes = await Promise.all(Array.from({ length: 5 }, (_, i) => codeOf(adapter.set(`k${i}`, i))));
    expect(new Set(codes)).toEqual(new Set(['DEADLINE_EXCEEDED']));
    expect(await codeOf(adapter.get('k'))).toBe('CIRCUIT_OPEN');
    // No further call is sent on the dead connection to test it.
    const later = new Set<string>();
    await eventually(async () => {
      later.add(await codeOf(adapter.set('service', 1)));
      return later.has('ok');
    });
    expect(later).not.toContain('DEADLINE_EXCEEDED');
    expect(await adapter.get('k')).toBe('here');
    expect(adapter.status().pool.reconnects).toBe(1);
    expect(first?.destroyed).toBe(true);
  });
});

describe('late replies', () => {
  test('do not close a circuit: only two successful probes do', async () => {
    const server = await started.server();
    const proxy = await started.proxy(server);
    const adapter = started.adapter(proxy.url, { resilience: { deadline: '100ms' } });
    await adapter.connect();
    const events = circuitEvents(adapter);
    proxy.hold('replies');
    const codes = await Promise.all(Array.from({ length: 5 }, (_, i) => codeOf(adapter.set(`k${i}`, i))));
    expect(new Set(codes)).toEqual(new Set(['DEADLINE_EXCEEDED']));
    expect(events.slice(0, 2)).toEqual(['+read', '+write']);
    await proxy.heal();
    await inService(adapter);
    const closed = events.indexOf('-read');
    expect(events.slice(closed - 2, closed)).toEqual(['?true', '?true']);
  });
});

describe('a step of the wall clock during an outage', () => {
  test('by an hour forward or two hours back does not delay the recovery', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    started.undo(() => vi.useRealTimers());
    const server = await started.server();
    const adapter = started.adapter(server.url);
    await adapter.set('k', 'here');
    for (const shiftMs of [3_600_000, -7_200_000]) {
      await server.kill();
      await eventually(async () => (await codeOf(adapter.get('k'))) === 'CIRCUIT_OPEN');
      vi.setSystemTime(Date.now() + shiftMs);
      await server.restart();
      await inService(adapter);
    }
  });
});

describe('connect after a failed connect', () => {
  test('resolves once calls are served', async () => {
    const server = await started.server();
    await server.kill();
    const adapter = started.adapter(server.url);
    await failure(adapter.connect());
    await server.restart();
    await eventually(async () => (await codeOf(adapter.connect())) === 'ok');
    await adapter.set('k', 1);
  });

  test('and a disconnect starts with closed circuits', async () => {
    const server = await started.server();
    await server.kill();
    const adapter = started.adapter(server.url);
    await failure(adapter.connect());
    await adapter.disconnect();
    expect(await codeOf(adapter.get('k'))).toBe('CLOSED');
    expect(adapter.status().circuits).toEqual(CLOSED);
    await server.restart();
    await adapter.connect();
    await adapter.set('k', 1);
  });
});
