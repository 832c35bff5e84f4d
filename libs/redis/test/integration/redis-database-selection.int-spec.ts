import { describe, expect, test } from 'vitest';
import { CacheService } from '../../src/index.js';
import { eventually } from '../support/eventually.js';
import { IGNORED, ScriptedProxy, type Script } from '../support/scripted-proxy.js';
import { failure, resourcesPerTest, type Started } from '../support/started.js';

const started = resourcesPerTest();

async function proxyOf(run: Started, port: number, script: Script): Promise<ScriptedProxy> {
  const proxy = await ScriptedProxy.start(port, script);
  run.undo(() => proxy.stop());
  return proxy;
}

/** Wordings that servers, proxies and managed services use to refuse SELECT. */
const REFUSALS = [
  'ERR unknown command `SELECT`, with args beginning with: `2`, ',
  "ERR unknown command 'select'",
  'ERR SELECT is not allowed in cluster mode',
  'ERR DB index is out of range',
  'ERR invalid DB index',
  'ERR Only 0th database is supported! Selected DB: 2',
  'ERR operation not supported on this endpoint',
  'unsupported command',
  "NOPERM this user has no permissions to run the 'select' command",
];

describe('a database other than 0', () => {
  test.each(REFUSALS)('is never replaced by database 0 when SELECT fails with: %s', async (refusal) => {
    const server = await started.server();
    const proxy = await proxyOf(started, server.port, { SELECT: refusal });
    const database0 = started.adapter(server.url);
    await database0.set('other application', 'data');
    const adapter = started.adapter(`${proxy.url}/2`);
    const error = await failure(adapter.connect());
    expect(error).toMatchObject({ code: 'CONNECTION_FAILED', retryable: false, context: { step: 'SELECT' } });
    expect(error.context.reason).toBeTypeOf('string');
    expect(error.message).toContain(refusal.trim().replace(/, with args.*/, ''));
    expect(adapter.status().state).toBe('misconfigured');
    expect(await failure(adapter.set('k', 1))).toMatchObject({ outcome: 'not-sent', retryable: false });
    await failure(adapter.clear({ wholeDatabase: true }));
    await failure(adapter.client.set('raw', 'raw'));
    expect(await failure(adapter.acquire())).toMatchObject({ code: 'CONNECTION_FAILED', context: { step: 'SELECT' } });
    expect(await database0.client.keys('*')).toEqual(['other application']);
    expect(proxy.commands).not.toContain('SET');
  });

  test('makes the adapter misconfigured when the server has no SELECT', async () => {
    const server = await started.server({ config: { 'rename-command': ['SELECT', ''] } });
    const adapter = started.adapter(`${server.url}/2`);
    const error = await failure(adapter.connect());
    expect(error).toMatchObject({ code: 'CONNECTION_FAILED', retryable: false, context: { step: 'SELECT' } });
    expect(error.message).toMatch(/unknown command/);
    expect(adapter.status().state).toBe('misconfigured');
  });

  test('makes the adapter misconfigured when SELECT is answered with OK and ignored, until it takes effect', async () => {
    const server = await started.server();
    const proxy = await proxyOf(started, server.port, { SELECT: IGNORED });
    const adapter = started.adapter(`${proxy.url}/2`);
    const error = await failure(adapter.connect());
    expect(error).toMatchObject({ code: 'CONNECTION_FAILED', retryable: false, context: { step: 'SELECT' } });
    expect(error.message).toContain('stays in database 0');
    expect(await failure(adapter.set('k', 1))).toMatchObject({ outcome: 'not-sent', retryable: false });
    expect(await failure(adapter.acquire())).toMatchObject({ context: { step: 'SELECT' } });
    expect(proxy.commands).not.toContain('SET');
    proxy.script = {};
    await eventually(() => adapter.status().state === 'up');
    await adapter.set('k', 1);
    expect(await started.adapter(server.url).get('k')).toBeUndefined();
  });

  test('is used once the server accepts SELECT', async () => {
    const server = await started.server();
    const proxy = await proxyOf(started, server.port, { SELECT: 'ERR not now' });
    const adapter = started.adapter(`${proxy.url}/2`);
    await failure(adapter.connect());
    proxy.script = {};
    await eventually(() => adapter.status().state === 'up');
    await adapter.set('k', 1);
    expect(await started.adapter(`${server.url}/2`).get('k')).toBe(1);
    expect(await started.adapter(server.url).get('k')).toBeUndefined();
  });

  test.each(['BUSY Redis is busy running a script.', 'LOADING Redis is loading the dataset in memory'])(
    'is retried when SELECT fails with a temporary state: %s',
    async (reply) => {
      const server = await started.server();
      const proxy = await proxyOf(started, server.port, { SELECT: reply });
      const adapter = started.adapter(`${proxy.url}/2`);
      expect(await failure(adapter.connect())).toMatchObject({ code: 'CONNECTION_FAILED', retryable: true });
      expect(adapter.status().state).toBe('down');
      expect(proxy.commands).not.toContain('SET');
      proxy.script = {};
      await eventually(() => adapter.status().state === 'up');
    },
  );

  test('is never replaced by database 0 in the probes of an open circuit', async () => {
    const server = await started.server();
    const proxy = await proxyOf(started, server.port, {});
    const adapter = started.adapter(`${proxy.url}/2`);
    await adapter.set('k', 1);
    proxy.script = { SELECT: 'ERR no longer' };
    adapter.client.disconnect(true);
    await eventually(() => adapter.status().state === 'misconfigured');
    proxy.commands.length = 0;
    const selects = (): number => proxy.commands.filter((name) => name === 'SELECT').length;
    await eventually(() => selects() > 5);
    expect(proxy.commands).not.toContain('SET');
    proxy.script = {};
    await eventually(async () => (await adapter.get('k').catch(() => undefined)) === 1);
  });

  test('is never replaced by database 0 in a cache whose server refuses SELECT', async () => {
    const server = await started.server();
    const proxy = await proxyOf(started, server.port, { SELECT: 'ERR unknown command' });
    await started.adapter(server.url).set('cache:city', 'of another application');
    const cache = new CacheService(started.adapter(`${proxy.url}/2`));
    expect(await cache.getOrSet('city', () => 'loaded')).toBe('loaded');
    await cache.flush().catch(() => {});
    expect(await started.adapter(server.url).get('cache:city')).toBe('of another application');
  });
});
