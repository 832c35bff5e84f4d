import { describe, expect, test } from 'vitest';
import { RedisAdapter, type RedisConnection } from '../../src/index.js';
import { eventually } from '../support/eventually.js';
import { SENDS_HELLO } from '../support/ioredis-version.js';
import { HANG_UP, ScriptedProxy, type Script } from '../support/scripted-proxy.js';
import { codeOf, failure, inService, resourcesPerTest } from '../support/started.js';

const SECRET = 'canary-s3cret';
const started = resourcesPerTest();

async function proxyWith(script: Script): Promise<ScriptedProxy> {
  const server = await started.server();
  const proxy = await ScriptedProxy.start(server.port, script);
  started.undo(() => proxy.stop());
  return proxy;
}

/** A script that refuses the first command of a connection, which depends on the version of ioredis. */
function refusing(refusal: string): Script {
  return { HELLO: refusal, AUTH: refusal, CLIENT: refusal, INFO: refusal };
}

/** An adapter and the `limited` events it emits. */
function limitedAdapter(connection: RedisConnection): { adapter: RedisAdapter; limits: string[] } {
  const adapter = started.adapter(connection);
  const limits: string[] = [];
  adapter.on('limited', ({ command, message }) => limits.push(`${command}: ${message}`));
  return { adapter, limits };
}

async function isUsable(adapter: RedisAdapter): Promise<void> {
  await inService(adapter);
  await adapter.set('k', 'v');
  expect(await adapter.get('k')).toBe('v');
  const lease = await adapter.acquire();
  expect(await lease.client.set('own', 1)).toBe('OK');
  lease.release();
}

/** Cuts the connection and waits until the adapter has another one. */
async function reconnect(adapter: RedisAdapter): Promise<void> {
  const { reconnects } = adapter.status().pool;
  adapter.client.disconnect(true);
  await eventually(() => adapter.status().pool.reconnects > reconnects && adapter.status().state === 'up');
}

describe('a server or proxy that answers a handshake command with an error', () => {
  test.each([
    "ERR unknown command 'HELLO', with args beginning with: '3' ",
    'unsupported command',
    "ERR invalid request: unsupported command 'hello'",
    'ERR syntax error',
    'NOPERM this user has no permissions to run the hello command',
    'NOPROTO unsupported protocol version',
  ])('is used with RESP2 when HELLO fails with: %s', async (refusal) => {
    const proxy = await proxyWith({ HELLO: refusal });
    const { adapter, limits } = limitedAdapter(proxy.url);
    await adapter.connect();
    await isUsable(adapter);
    await reconnect(adapter);
    await isUsable(adapter);
    expect(limits).toEqual([]);
  });

  test.each(['ERR unknown command', 'NOAUTH Authentication required.'])(
    'gets AUTH when HELLO with credentials fails with: %s',
    async (refusal) => {
      const server = await started.server();
      const proxy = await ScriptedProxy.start(server.port, { HELLO: refusal });
      started.undo(() => proxy.stop());
      await started.adapter(server.url).connect();
      const adapter = started.adapter(proxy.url.replace('//', `//default:${SECRET}@`) + '/1');
      await adapter.connect();
      expect(proxy.commands).toContain('AUTH');
      await isUsable(adapter);
    },
  );

  test.each([
    [SENDS_HELLO ? 'HELLO' : 'AUTH', refusing('WRONGPASS invalid username-password pair or user is disabled.')],
    ['AUTH', { HELLO: 'ERR unknown command', AUTH: 'WRONGPASS invalid username-password pair' }],
    ['AUTH', { HELLO: 'ERR unknown command', AUTH: `ERR access denied for '${SECRET}'` }],
    ['AUTH', { HELLO: 'ERR unknown command', AUTH: `ERR token ${SECRET} expired` }],
    ['AUTH', { HELLO: 'ERR unknown command', AUTH: `ERR unknown command AUTH, with args beginning with: '${SECRET}'` }],
  ])('makes the adapter misconfigured with the step when %s refuses the credentials: %j', async (step, script) => {
    const proxy = await proxyWith(script);
    const adapter = started.adapter(proxy.url.replace('//', `//:${SECRET}@`));
    const error = await failure(adapter.connect());
    expect(error).toMatchObject({ code: 'CONNECTION_FAILED', retryable: false, context: { step } });
    expect(error.message).toContain(step);
    expect(JSON.stringify([error.message, error.context, error.stack, String(error.cause)])).not.toContain(SECRET);
    expect(adapter.status().state).toBe('misconfigured');
  });

  test.each(['ERR unknown command `INFO`, with args beginning with: ', 'unsupported command', 'NOPERM no permissions'])(
    'is used, with one limited event about loading, when INFO fails with: %s',
    async (refusal) => {
      const proxy = await proxyWith({ INFO: refusal });
      const { adapter, limits } = limitedAdapter(proxy.url);
      await adapter.connect();
      await isUsable(adapter);
      await reconnect(adapter);
      expect(limits).toHaveLength(1);
      expect(limits[0]).toMatch(/^INFO: .*loading/);
      expect(limits[0]).toContain(refusal.split(',')[0]);
      expect(await adapter.can.link?.identities()).toEqual([]);
    },
  );

  test('is used when CLIENT fails: a reconnect waits instead of closing the old connection', async () => {
    const proxy = await proxyWith({ CLIENT: "ERR unknown command 'CLIENT'" });
    const { adapter, limits } = limitedAdapter(proxy.url);
    await adapter.connect();
    await isUsable(adapter);
    await reconnect(adapter);
    await isUsable(adapter);
    expect(limits).toHaveLength(1);
    expect(limits[0]).toMatch(/^CLIENT INFO: /);
  });

  test('is used when only CLIENT KILL fails', async () => {
    const proxy = await proxyWith({ 'CLIENT KILL': 'NOPERM this user has no permissions' });
    const { adapter, limits } = limitedAdapter(proxy.url);
    await adapter.connect();
    expect(limits).toEqual([]);
    await reconnect(adapter);
    expect(limits).toHaveLength(1);
    expect(limits[0]).toMatch(/^CLIENT KILL: /);
    await isUsable(adapter);
  });

  test('is used when HELLO, CLIENT and INFO all fail', async () => {
    const refusal = 'ERR unsupported command';
    const proxy = await proxyWith({ HELLO: refusal, CLIENT: refusal, INFO: refusal });
    const { adapter } = limitedAdapter(proxy.url);
    await adapter.connect();
    await isUsable(adapter);
    await reconnect(adapter);
    await isUsable(adapter);
  });

  test('is not up when every command fails, PING included', async () => {
    const refusal = 'ERR no upstream host';
    const proxy = await proxyWith({ HELLO: refusal, CLIENT: refusal, INFO: refusal, PING: refusal, SET: refusal });
    const { adapter } = limitedAdapter(proxy.url);
    const error = await failure(adapter.connect());
    expect(error).toMatchObject({ code: 'CONNECTION_FAILED', context: { step: 'PING' } });
    expect(error.message).toContain(refusal);
    proxy.script = {};
    await eventually(() => adapter.status().state === 'up');
  });

  test('makes connect reject with the message of protected mode', async () => {
    const proxy = await proxyWith(refusing('DENIED Redis is running in protected mode because'));
    const adapter = started.adapter(proxy.url);
    const error = await failure(adapter.connect());
    const step = expect.stringMatching(SENDS_HELLO ? /^HELLO$/ : /^CLIENT|^INFO$/);
    expect(error).toMatchObject({ retryable: false, context: { reason: 'REFUSED', step, reply: 'DENIED' } });
    expect(error.message).toContain('protected mode');
  });
});

describe('a server or proxy that closes the connection at a handshake command', () => {
  test.each(['HELLO', 'CLIENT', 'CLIENT SETINFO', 'CLIENT INFO', 'INFO'])('is used without %s', async (command) => {
    const proxy = await proxyWith({ [command]: HANG_UP });
    const { adapter } = limitedAdapter(proxy.url);
    await adapter.connect().catch(() => {});
    await isUsable(adapter);
    await reconnect(adapter);
    await isUsable(adapter);
  });

  test('is used without CLIENT KILL after the first reconnect', async () => {
    const proxy = await proxyWith({ 'CLIENT KILL': HANG_UP });
    const { adapter, limits } = limitedAdapter(proxy.url);
    await adapter.connect();
    await reconnect(adapter);
    await isUsable(adapter);
    await reconnect(adapter);
    await isUsable(adapter);
    expect(limits).toHaveLength(1);
    proxy.commands.length = 0;
    await reconnect(adapter);
    expect(proxy.commands).not.toContain('CLIENT KILL');
  });

  test('is used without HELLO, CLIENT and INFO if it accepts AUTH', async () => {
    const proxy = await proxyWith({ HELLO: HANG_UP, CLIENT: HANG_UP, INFO: HANG_UP });
    const { adapter } = limitedAdapter(proxy.url.replace('//', '//default:any@'));
    await adapter.connect().catch(() => {});
    await isUsable(adapter);
  });

  test.each([...(SENDS_HELLO ? ['HELLO'] : []), 'CLIENT', 'INFO'])(
    'makes connect reject with the step %s',
    async (command) => {
      const proxy = await proxyWith({ [command]: HANG_UP });
      const error = await failure(started.adapter(proxy.url).connect());
      expect(error).toMatchObject({ code: 'CONNECTION_FAILED', retryable: true });
      expect(error.context.step).toContain(command);
      expect(error.message).toContain(`instead of answering ${command}`);
    },
  );

  test('is never used with database 0 when the command is SELECT', async () => {
    const proxy = await proxyWith({ SELECT: HANG_UP });
    const adapter = started.adapter(`${proxy.url}/2`);
    expect(await failure(adapter.connect())).toMatchObject({ context: { step: 'SELECT' } });
    await eventually(() => proxy.commands.filter((name) => name === 'SELECT').length > 4);
    expect(adapter.status().state).toBe('down');
    expect(await codeOf(adapter.set('k', 1))).toBe('CIRCUIT_OPEN');
    expect(proxy.commands).not.toContain('SET');
  });

  test('because its upstream server is down is used with all steps once that server is back', async () => {
    const server = await started.server();
    const proxy = await started.proxy(server);
    await server.kill();
    const { adapter, limits } = limitedAdapter(proxy.url);
    await adapter.connect().catch(() => {});
    await eventually(() => adapter.status().pool.reconnects > 6);
    await server.restart();
    await eventually(() => adapter.status().state === 'up');
    expect(limits).toEqual([]);
    await isUsable(adapter);
  });
});

describe('pooled and exclusive connections to a server with a limited handshake', () => {
  test('all work, and each limitation emits one limited event', async () => {
    const proxy = await proxyWith({ HELLO: HANG_UP, INFO: 'ERR unknown command', CLIENT: 'ERR unknown command' });
    const { adapter, limits } = limitedAdapter({ url: proxy.url, poolSize: 4 });
    await adapter.connect().catch(() => {});
    await isUsable(adapter);
    await eventually(() => adapter.status().pool.size === 4);
    expect(limits).toHaveLength(2);
  });
});
