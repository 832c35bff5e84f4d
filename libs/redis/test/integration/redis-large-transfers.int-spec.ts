import type { FaultProxy } from 'nestjs-redis-infra/testing';
import type { RedisAdapter } from '../../src/index.js';
import { describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.js';
import { codeOf, circuitEvents, inService, resourcesPerTest } from '../support/started.js';

const started = resourcesPerTest();
/** At this speed the value is in transit five times as long as the deadline of an ordinary call. */
const BYTES_PER_SECOND = 8_000_000;
const VALUE = 'x'.repeat(20_000_000);

/** Makes an ordinary call every few ms until `end` settles. Resolves with their codes. */
async function ordinaryCalls(adapter: RedisAdapter, end: Promise<unknown>): Promise<readonly string[]> {
  const codes: Promise<string>[] = [];
  const timer = setInterval(() => codes.push(codeOf(adapter.get('small')), codeOf(adapter.set('small', 1))), 20);
  await end.catch(() => {});
  clearInterval(timer);
  return Promise.all(codes);
}

const LONG_DEADLINE = { deadline: '30s' } as const;

describe.each([{ tls: false }, { tls: true }])('a slow network (TLS: $tls)', ({ tls }) => {
  async function connected(): Promise<{ adapter: RedisAdapter; proxy: FaultProxy; events: readonly string[] }> {
    const server = await started.server({ tls });
    const proxy = await started.proxy(server);
    const adapter = started.adapter(
      { url: proxy.url, tls: server.tls },
      { codec: { maxEncodedBytes: 2 * VALUE.length } },
    );
    await adapter.set('small', 1);
    return { adapter, proxy, events: circuitEvents(adapter) };
  }

  test('with a large reply in transit opens no circuit and loses no connection', async () => {
    const { adapter, proxy, events } = await connected();
    await adapter.with(LONG_DEADLINE).set('big', VALUE);
    proxy.throttle(BYTES_PER_SECOND, 'replies');
    const big = adapter.with(LONG_DEADLINE).get<string>('big');
    const codes = await ordinaryCalls(adapter, big);
    expect((await big)?.length).toBe(VALUE.length);
    expect([events, adapter.status().pool.reconnects]).toEqual([[], 0]);
    expect(codes).toContain('DEADLINE_EXCEEDED');
    expect(await codeOf(adapter.get('small'))).toBe('ok');
  });

  test('with several large replies in transit opens no circuit and loses no connection', async () => {
    const { adapter, proxy, events } = await connected();
    const keys = Array.from({ length: 10 }, (_, i) => `big${i}`);
    for (const key of keys) await adapter.set(key, VALUE.slice(0, 2_000_000));
    proxy.throttle(BYTES_PER_SECOND, 'replies');
    const big: Promise<unknown>[] = [];
    for (const key of keys) {
      big.push(adapter.with(LONG_DEADLINE).get(key));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await ordinaryCalls(adapter, Promise.all(big));
    await Promise.all(big);
    expect([events, adapter.status().pool.reconnects]).toEqual([[], 0]);
  });

  test('with a large request in transit opens no circuit and loses no connection', async () => {
    const { adapter, proxy, events } = await connected();
    proxy.throttle(BYTES_PER_SECOND, 'requests');
    const big = adapter.with(LONG_DEADLINE).set('big', VALUE);
    const codes = await ordinaryCalls(adapter, big);
    await big;
    expect([events, adapter.status().pool.reconnects]).toEqual([[], 0]);
    expect(codes).toContain('DEADLINE_EXCEEDED');
  });

  test.each(['replies', 'requests'] as const)(
    'that goes silent during large %s opens the circuits',
    async (direction) => {
      const { adapter, proxy, events } = await connected();
      await adapter.with(LONG_DEADLINE).set('big', VALUE);
      proxy.throttle(BYTES_PER_SECOND, direction);
      const view = adapter.with(LONG_DEADLINE);
      const big = codeOf(direction === 'replies' ? view.get('big') : view.set('big', VALUE));
      const calls = ordinaryCalls(adapter, big);
      const passed = (): number => proxy.stats[direction === 'replies' ? 'replyBytes' : 'requestBytes'];
      const before = passed();
      await eventually(() => passed() > before + BYTES_PER_SECOND);
      expect(events).toEqual([]);
      proxy.blackHole(direction);
      await eventually(() => events.includes('+read') && events.includes('+write'), 10_000);
      await proxy.heal();
      expect(await big).toBe('CONNECTION_FAILED');
      await calls;
      await inService(adapter);
    },
  );
});
