import { inspect } from 'node:util';
import { RedisSentinels, RedisServer } from 'nestjs-redis-infra/testing';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { CacheService, RedisAdapter, RedisConfig } from '../../src/index.js';
import { eventually } from '../support/eventually.js';
import { inService } from '../support/started.js';

let server: RedisServer;
let adapter: RedisAdapter;

beforeEach(async () => {
  server = await RedisServer.start({ config: { requirepass: 'one' } });
});

afterEach(async () => {
  await adapter.disconnect();
  await server.stop();
});

describe('a password function', () => {
  test('is called for each connection, reconnects included', async () => {
    let password = 'one';
    const ask = vi.fn(async () => password);
    adapter = new RedisAdapter(new RedisConfig({ url: server.url, password: ask }));
    await adapter.set('k', 1);
    await adapter.client.config('SET', 'requirepass', 'two');
    password = 'two';
    expect(ask).toHaveBeenCalledTimes(1);
    adapter.client.disconnect(true);
    await eventually(() => ask.mock.calls.length === 2 && adapter.status().state === 'up');
    expect(await adapter.get('k')).toBe(1);
  });

  test('is called for the connection to each master that the Sentinels name', async () => {
    let password = 'one';
    const group = await RedisSentinels.start({ requirepass: 'one' });
    try {
      const sentinels = group.sentinels.map(({ port }) => `127.0.0.1:${port}`);
      adapter = new RedisAdapter({ sentinels, sentinelName: group.name, password: async () => password });
      await adapter.set('k', 1);
      for (const member of group.servers) await member.command('CONFIG', 'SET', 'requirepass', 'two');
      password = 'two';
      await group.killMaster();
      await inService(adapter);
    } finally {
      await adapter.disconnect();
      await group.stop();
    }
  });

  test('that rejects fails that attempt, and is called again for the next one', async () => {
    let fails = false;
    const ask = async (): Promise<string> => {
      if (fails) throw new Error('canary: the vault is sealed');
      return 'one';
    };
    adapter = new RedisAdapter(new RedisConfig({ url: server.url, password: ask }));
    await adapter.connect();
    fails = true;
    await server.restart();
    await eventually(() => adapter.status().state !== 'up');
    fails = false;
    await eventually(() => adapter.status().state === 'up');
    await inService(adapter);
  });

  test('that resolves after disconnect() does not connect the adapter', async () => {
    let give: (password: string) => void = () => {};
    adapter = new RedisAdapter(
      new RedisConfig({ url: server.url, password: () => new Promise((resolve) => (give = resolve)) }),
    );
    const connecting = adapter.connect().catch((error: { code: string }) => error.code);
    await adapter.disconnect();
    give('one');
    expect(await connecting).toBe('CLOSED');
    expect(adapter.status().state).toBe('closed');
  });
});

describe('a password in the url', () => {
  test('appears in no output of inspect or JSON.stringify of the adapter, its cache and its capabilities', async () => {
    await server.command('CONFIG', 'SET', 'requirepass', 'S3CRET-canary');
    adapter = new RedisAdapter(`redis://:S3CRET-canary@127.0.0.1:${server.port}`);
    await adapter.connect();
    const cache = new CacheService(adapter);
    for (const value of [adapter, cache, { adapter, cache }, adapter.can, adapter.can.link]) {
      expect(inspect(value, { depth: 20, showHidden: true })).not.toContain('S3CRET');
      expect(JSON.stringify(value) ?? '').not.toContain('S3CRET');
    }
  });
});

describe('a signal that 50 calls share', () => {
  test('rejects them all with DEADLINE_EXCEEDED, without a warning about listeners', async () => {
    const warnings: string[] = [];
    const listen = (warning: Error): void => void warnings.push(warning.name);
    process.on('warning', listen);
    adapter = new RedisAdapter(new RedisConfig({ url: server.url, password: 'one' }), {
      resilience: { deadline: '1m' },
    });
    await adapter.connect();
    server.freeze();
    const controller = new AbortController();
    const view = adapter.with({ signal: controller.signal });
    const calls = Array.from({ length: 50 }, (_, i) =>
      view.get(`k${i}`).catch((error: { code: string }) => error.code),
    );
    await new Promise((resolve) => setImmediate(resolve));
    controller.abort();
    expect(new Set(await Promise.all(calls))).toEqual(new Set(['DEADLINE_EXCEEDED']));
    server.thaw();
    process.off('warning', listen);
    expect(warnings).toEqual([]);
  });
});

describe('identities()', () => {
  test('rejects with CONNECTION_FAILED when the server does not answer within connectTimeout', async () => {
    adapter = new RedisAdapter(new RedisConfig({ url: server.url, password: 'one', connectTimeout: '100ms' }));
    await adapter.connect();
    const runId: unknown = expect.stringMatching(/^[0-9a-f]{40}$/);
    expect(await adapter.can.link?.identities()).toMatchObject([{ role: 'master', runId }]);
    server.freeze();
    await expect(adapter.can.link?.identities()).rejects.toMatchObject({ code: 'CONNECTION_FAILED' });
    server.thaw();
  });
});
