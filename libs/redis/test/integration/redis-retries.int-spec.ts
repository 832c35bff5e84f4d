import { describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.js';
import { codeOf, failure, resourcesPerTest } from '../support/started.js';

const started = resourcesPerTest();
/** Long enough for a loaded machine. */
const LONG_DEADLINE = { resilience: { deadline: '5s' } } as const;

describe('after a lost reply', () => {
  test('an incr is not retried and rejects with the outcome unknown', async () => {
    const server = await started.server();
    const proxy = await started.proxy(server);
    const adapter = started.adapter(proxy.url);
    await adapter.incr('warm');
    proxy.dropReply({ to: 'eval' });
    expect(await failure(adapter.incr('n'))).toMatchObject({
      code: 'CONNECTION_FAILED',
      outcome: 'unknown',
      retryable: true,
    });
    expect(await server.command('GET', 'n')).toBe('1');
    expect(adapter.status().retries).toBe(0);
    await eventually(async () => (await codeOf(adapter.get('x'))) === 'ok');
    expect(await server.command('GET', 'n')).toBe('1');
  });

  test('a set is not retried, because another process may have deleted the key meanwhile', async () => {
    const server = await started.server();
    const proxy = await started.proxy(server);
    const adapter = started.adapter(proxy.url, LONG_DEADLINE);
    await adapter.get('warm');
    proxy.dropReply({ to: 'set' });
    expect(await failure(adapter.set('k', 'v'))).toMatchObject({ code: 'CONNECTION_FAILED', outcome: 'unknown' });
    expect(adapter.status().retries).toBe(0);
  });

  test('get, hget and getMany are retried and resolve', async () => {
    const server = await started.server();
    const proxy = await started.proxy(server);
    const adapter = started.adapter(proxy.url, LONG_DEADLINE);
    await adapter.set('k', 'v');
    await adapter.hset('h', 'f', 1);
    proxy.dropReply({ to: 'get' });
    expect(await adapter.get('k')).toBe('v');
    expect(adapter.status().retries).toBeGreaterThan(0);
    proxy.dropReply({ to: 'hget' });
    expect(await adapter.hget('h', 'f')).toBe(1);
    proxy.dropReply({ to: 'mget' });
    expect(await Promise.all([adapter.get('k'), adapter.get('no'), adapter.getMany(['k'])])).toEqual([
      'v',
      undefined,
      ['v'],
    ]);
  });

  test('a delete is retried and resolves with false, because the first attempt deleted the key', async () => {
    const server = await started.server();
    const proxy = await started.proxy(server);
    const adapter = started.adapter(proxy.url, LONG_DEADLINE);
    await adapter.set('k', 'v');
    proxy.dropReply({ to: 'unlink' });
    expect(await adapter.delete('k')).toBe(false);
    expect(await server.command('EXISTS', 'k')).toBe(0);
  });

  test('a read whose retry cannot be sent rejects with the outcome unknown of its first attempt', async () => {
    const server = await started.server();
    const proxy = await started.proxy(server);
    const adapter = started.adapter(proxy.url, {
      resilience: { deadline: '5s', breaker: false, retry: { attempts: 1 } },
    });
    for (const [command, read] of [
      ['get', () => adapter.get('k')],
      ['mget', () => Promise.all([adapter.get('k'), adapter.get('l')])],
      ['mget', () => adapter.getMany(['k', 'l'])],
      ['hget', () => adapter.hget('h', 'f')],
    ] as const) {
      await eventually(async () => (await codeOf(adapter.set('warm', 1))) === 'ok');
      // With a command in flight, the reads of a tick are sent together.
      const before = codeOf(adapter.set('busy', 1));
      proxy.dropReply({ to: command });
      proxy.refuse();
      const error = await failure(read());
      expect({ command, code: error.code, outcome: error.outcome }).toEqual({
        command,
        code: 'CONNECTION_FAILED',
        outcome: 'unknown',
      });
      await proxy.heal();
      await before;
    }
  });

  test('a read is not retried with `retry: false`', async () => {
    const server = await started.server();
    const proxy = await started.proxy(server);
    const adapter = started.adapter(proxy.url, { resilience: { retry: false } });
    await adapter.set('k', 'v');
    proxy.dropReply({ to: 'get' });
    expect(await failure(adapter.get('k'))).toMatchObject({ code: 'CONNECTION_FAILED', outcome: 'unknown' });
    expect(adapter.status().retries).toBe(0);
  });
});

describe('while the adapter reconnects', () => {
  test('unsent writes wait for the new connection, and only the newest of each key is sent', async () => {
    const server = await started.server();
    const proxy = await started.proxy(server);
    const adapter = started.adapter(proxy.url, LONG_DEADLINE);
    await adapter.connect();
    proxy.cut();
    await eventually(() => adapter.status().state === 'down');
    const calls = [adapter.set('k', 'old'), adapter.incr('n'), adapter.set('k', 'new'), adapter.set('other', 1)];
    expect(await Promise.all(calls.map(codeOf))).toEqual(['CONNECTION_FAILED', 'ok', 'ok', 'ok']);
    expect([await server.command('GET', 'k'), await server.command('GET', 'n')]).toEqual(['"new"', '1']);
    expect(adapter.status().circuits).toEqual({ read: 'closed', write: 'closed' });
  });

  test('a call rejects immediately if its deadline is too short for a retry, and at its signal', async () => {
    const server = await started.server();
    const proxy = await started.proxy(server);
    const adapter = started.adapter(proxy.url, LONG_DEADLINE);
    await adapter.connect();
    proxy.cut();
    await eventually(() => adapter.status().state === 'down');
    const controller = new AbortController();
    const aborted = failure(adapter.with({ signal: controller.signal }).get('k'));
    const short = adapter.with({ deadline: '5ms' });
    expect(await codeOf(short.get('k'))).toBe('CONNECTION_FAILED');
    controller.abort(new Error('the request was closed'));
    expect(await aborted).toMatchObject({ code: 'DEADLINE_EXCEEDED', outcome: 'not-sent' });
  });

  test('only as many calls are retried as the retry budget has tokens', async () => {
    const server = await started.server();
    const proxy = await started.proxy(server);
    const adapter = started.adapter(proxy.url, { resilience: { ...LONG_DEADLINE.resilience, breaker: false } });
    await adapter.connect();
    proxy.refuse();
    proxy.cut();
    await eventually(() => adapter.status().state === 'down');
    const codes = await Promise.all(Array.from({ length: 300 }, (_, i) => codeOf(adapter.set(`k${i}`, i))));
    expect(new Set(codes)).toEqual(new Set(['CONNECTION_FAILED']));
    expect(adapter.status().retries).toBeGreaterThanOrEqual(100);
    expect(adapter.status().retries).toBeLessThan(200);
  });
});

describe('maxInFlight with maxQueued: 0', () => {
  test('makes a call beyond it reject with OVERLOADED, and no call within it', async () => {
    const server = await started.server();
    const adapter = started.adapter(server.url, { resilience: { maxInFlight: 10, maxQueued: 0, deadline: '1s' } });
    await adapter.connect();
    server.freeze();
    const within = Array.from({ length: 10 }, (_, i) => codeOf(adapter.set(`k${i}`, i)));
    const over = await Promise.all([
      failure(adapter.set('k', 1)),
      failure(adapter.get('k')),
      failure(adapter.incr('n')),
    ]);
    for (const error of over) {
      expect(error).toMatchObject({ code: 'OVERLOADED', outcome: 'not-sent', retryable: true, context: { limit: 10 } });
    }
    expect(adapter.status().pool.inFlight).toBe(10);
    server.thaw();
    expect(new Set(await Promise.all(within))).toEqual(new Set(['ok']));
    await adapter.set('k', 1);
  });

  test('allows a setMany of 3000 entries and 300 reads that share an MGET', async () => {
    const server = await started.server();
    const adapter = started.adapter(server.url, { resilience: { maxInFlight: 10, maxQueued: 0, deadline: '5s' } });
    await adapter.setMany(Array.from({ length: 3000 }, (_, i) => ({ key: `k${i}`, value: i })));
    expect(await server.command('DBSIZE')).toBe(3000);
    const reads = await Promise.all(Array.from({ length: 300 }, (_, i) => adapter.get(`k${i}`)));
    expect(reads).toEqual(Array.from({ length: 300 }, (_, i) => i));
  });
});
