import { setTimeout as sleep } from 'node:timers/promises';
import { RedisServer } from 'nestjs-redis-infra/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { MemoryAdapter, type AdapterOptions, type KeyProvider, type RedisAdapter } from '../../src/index.js';
import { codeOf, resourcesPerTest } from '../support/started.js';
import { failOnUnhandledRejections } from '../support/unhandled-rejections.js';

const KEY = { id: 'a', secret: 'a secret of the test' };
const started = resourcesPerTest();
let server: RedisServer;

failOnUnhandledRejections();
beforeAll(async () => {
  server = await RedisServer.start();
});
afterAll(() => server.stop());
beforeEach(() => server.command('FLUSHALL'));

const adapterWith = (options?: AdapterOptions): RedisAdapter => started.adapter(server.url, options);

/** A provider that returns its keys after `ms`. */
function slowProvider(ms: number): KeyProvider {
  return { keys: () => sleep(ms, [KEY]), primary: async () => KEY.id };
}

describe('the order of calls on a key', () => {
  test('is kept around the first connect, also for calls from an up listener', async () => {
    const adapter = adapterWith();
    let fromListener: Promise<void> | undefined;
    adapter.on('up', () => {
      fromListener = adapter.set('listener', 'second');
    });
    const connecting = adapter.connect();
    const first = [adapter.set('k', 'first'), adapter.set('listener', 'first')];
    await connecting;
    await adapter.set('k', 'second');
    await Promise.all([...first, fromListener]);
    expect(await adapter.getMany(['k', 'listener'])).toEqual(['second', 'second']);
  });

  test('is kept behind a write that waits for its encryption key, also when a call between them times out', async () => {
    const adapter = adapterWith({ codec: { encryption: { provider: slowProvider(100) } } });
    await adapter.connect();
    const slow = adapter.set('k', 'old');
    expect(await codeOf(adapter.with({ deadline: '5ms' }).set('k', 'older'))).toBe('DEADLINE_EXCEEDED');
    expect(await adapter.delete('k')).toBe(true);
    await slow;
    expect(await adapter.get('k')).toBeUndefined();
  });

  test('is kept by expire and incr of one tick in the embedded store', async () => {
    const store = new MemoryAdapter();
    await store.set('n', 1);
    await Promise.all([store.expire('n', 100), store.incr('n')]);
    expect(await store.ttl('n')).toBeGreaterThan(90);
  });
});

describe('a call behind a write that waits for its encryption key', () => {
  test('rejects at its own deadline or signal, and disconnect rejects the write with CLOSED', async () => {
    const adapter = adapterWith({
      codec: { encryption: { provider: slowProvider(3000) } },
      resilience: { deadline: '60ms' },
    });
    await adapter.connect();
    const write = codeOf(adapter.with({ deadline: '4s' }).set('k', 1));
    const controller = new AbortController();
    const calls = [
      adapter.get('k'),
      adapter.delete('k'),
      adapter.getMany(['k']),
      adapter.with({ deadline: '1m', signal: controller.signal }).has('k'),
    ];
    controller.abort();
    expect(await Promise.all(calls.map(codeOf))).toEqual(Array.from({ length: 4 }, () => 'DEADLINE_EXCEEDED'));
    await adapter.disconnect();
    expect(await write).toBe('CLOSED');
  });
});

describe('expire of a value that is sealed with its expiry', () => {
  test('rejects at its deadline when the key provider hangs', async () => {
    await adapterWith({ codec: { encryption: { keys: [KEY], bindExpiry: true } } }).set('k', 'v', '1h');
    const provider = { keys: () => new Promise<never>(() => {}), primary: async () => KEY.id };
    const adapter = adapterWith({
      codec: { encryption: { provider, bindExpiry: true } },
      resilience: { deadline: '60ms' },
    });
    expect(await codeOf(adapter.expire('k', '2h'))).toBe('DEADLINE_EXCEEDED');
  });
});

describe('set of a Buffer', () => {
  test('stores the bytes at the time of the call, although the caller changes them before they are sealed', async () => {
    const adapter = adapterWith({ codec: { encryption: { provider: slowProvider(20) } } });
    const bytes = Buffer.from('aaaa');
    const setting = adapter.set('k', bytes);
    bytes.fill('z');
    await setting;
    expect(await adapter.get('k')).toEqual(Buffer.from('aaaa'));
  });
});

describe('a call right after disconnect() and connect()', () => {
  test('waits for the new connection', async () => {
    const adapter = adapterWith();
    for (let round = 1; round <= 5; round++) {
      await adapter.connect();
      const closing = adapter.disconnect();
      const opening = adapter.connect();
      expect(await adapter.incr('rounds')).toBe(round);
      await Promise.all([closing, opening]);
    }
  });
});
