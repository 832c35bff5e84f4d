import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { RedisInfraError } from '../common/redis-infra.error.js';
import { RedisConfig } from './redis.config.js';
import type { RedisConfigOptions, RedisMode } from './redis-config.options.js';

const CANARY = 'c4n4ry';

describe('the mode of a RedisConfig', () => {
  it.each<[RedisMode, RedisConfigOptions]>([
    ['standalone', {}],
    ['standalone', { host: 'h' }],
    ['standalone', { path: '/run/redis.sock' }],
    ['standalone', { url: 'rediss://h' }],
    ['standalone', { mode: 'standalone', url: 'redis://h' }],
    ['cluster', { nodes: ['a'] }],
    ['cluster', { mode: 'cluster', url: 'redis+cluster://a' }],
    ['sentinel', { sentinels: [{ host: 'a' }], sentinelName: 'main' }],
    ['sentinel', { url: 'redis+sentinel://a', sentinelName: 'main' }],
    ['memory', { mode: 'memory' }],
    [
      'memory',
      {
        url: 'memory://',
        poolSize: 2,
        connectTimeout: 1,
        connectionName: 'c',
        readFrom: 'master',
        ioredis: { keepAlive: 1 },
      },
    ],
  ])('is %s for %j', (mode, options) => {
    expect(new RedisConfig(options).mode).toBe(mode);
  });
});

describe('a url and separate options', () => {
  it('merge where an option adds what the url leaves out', () => {
    const options = {
      url: 'redis://u@h',
      port: 1,
      db: 2,
      password: 'p',
      tls: { servername: 's' },
      connectTimeout: '1s',
    } as const;
    expect(new RedisConfig(options).getConnectionParams()).toMatchObject({
      host: 'h',
      port: 1,
      db: 2,
      username: 'u',
      password: 'p',
      tls: { servername: 's' },
      connectTimeout: 1000,
    });
  });

  it('may repeat each other', () => {
    expect(String(new RedisConfig({ url: 'redis://h:1/2', host: 'h', port: 1, db: 2 }))).toBe('redis://h:1/2');
  });

  it.each<[string, RedisConfigOptions]>([
    ['host', { url: 'redis://h', host: 'x' }],
    ['port', { url: 'redis://h:1', port: 2 }],
    ['db', { url: 'redis://h/1', db: 2 }],
    ['mode', { url: 'redis://h', mode: 'cluster' }],
    ['tls', { url: 'rediss://h', tls: false }],
    ['password', { url: 'redis://:p@h', password: 'q' }],
    ['password', { url: 'redis://:p@h', password: () => 'p' }],
    ['username', { url: 'redis://u:p@h', username: 'v' }],
    ['nodes', { url: 'redis+cluster://a', nodes: ['a'] }],
    ['nodes', { url: 'redis://a', nodes: ['a'] }],
    ['sentinelName', { url: 'redis+sentinel://a/main', sentinelName: 'other' }],
    ['path', { url: 'redis://h', path: '/run/redis.sock' }],
  ])('are refused when %s contradicts the url: %j', (path, options) => {
    expect(() => new RedisConfig(options)).toThrow(
      expect.objectContaining({ code: 'OPTION_INVALID', context: { path } }),
    );
  });
});

describe('an invalid option', () => {
  it.each<[string, unknown]>([
    ['nope', { nope: 1 }],
    ['keyPrefix', { keyPrefix: 'x' }],
    ['url', { url: '' }],
    ['url', { url: null }],
    ['mode', { mode: 'single' }],
    ['host', { host: '' }],
    ['host', { host: null }],
    ['host', { host: 'h:1' }],
    ['host', { host: '[::1]' }],
    ['host', { host: 'redis://h' }],
    ['host', { host: 'a,b' }],
    ['port', { port: 0 }],
    ['port', { port: 65536 }],
    ['port', { port: '6379' }],
    ['port', { port: Number.NaN }],
    ['path', { path: '' }],
    ['path', { path: '/run/redis.sock', host: 'h' }],
    ['family', { family: 5 }],
    ['db', { db: -1 }],
    ['db', { db: 1.5 }],
    ['db', { db: null }],
    ['db', { nodes: ['a'], db: 1 }],
    ['username', { username: 1 }],
    ['password', { password: 1 }],
    ['tls', { tls: 'yes' }],
    ['tls', { tls: null }],
    ['tls', { path: '/run/redis.sock', tls: true }],
    ['tls.host', { tls: { host: 'x' } }],
    ['nodes', { nodes: [] }],
    ['nodes', { nodes: 'a' }],
    ['nodes', { mode: 'cluster' }],
    ['nodes[0]', { nodes: [''] }],
    ['nodes[0]', { nodes: [1] }],
    ['nodes[1]', { nodes: ['a', '::1:7000'] }],
    ['nodes[1].port', { nodes: ['a', 'b:x'] }],
    ['nodes[1].port', { nodes: ['a', { host: 'b', port: 70_000 }] }],
    ['nodes[0].host', { nodes: [{ port: 1 }] }],
    ['nodes[0].name', { nodes: [{ host: 'a', name: 'b' }] }],
    ['host', { nodes: ['a'], host: 'h' }],
    ['sentinels', { nodes: ['a'], sentinels: ['b'] }],
    ['sentinels', { sentinelName: 'main' }],
    ['sentinels[0].port', { sentinels: ['a:0'], sentinelName: 'main' }],
    ['sentinelName', { sentinels: ['a'] }],
    ['sentinelName', { sentinels: ['a'], sentinelName: '' }],
    ['sentinelPassword', { host: 'h', sentinelPassword: 'p' }],
    ['sentinelTls', { host: 'h', sentinelTls: true }],
    ['sentinelTls.host', { sentinels: ['a'], sentinelName: 'main', sentinelTls: { host: 'b' } }],
    ['sentinelPassword', { sentinels: ['a'], sentinelName: 'main', sentinelPassword: 1 }],
    ['host', { mode: 'memory', host: 'h' }],
    ['tls', { mode: 'memory', tls: true }],
    ['password', { url: 'memory://', password: 'p' }],
    ['readFrom', { readFrom: 'replica' }],
    ['connectTimeout', { connectTimeout: 0 }],
    ['connectTimeout', { connectTimeout: '-5s' }],
    ['connectTimeout', { connectTimeout: '11m' }],
    ['connectionName', { connectionName: 'a b' }],
    ['connectionName', { connectionName: '' }],
    ['poolSize', { poolSize: 0 }],
    ['poolSize', { poolSize: 1.5 }],
  ])('%s is named in the error for %j', (path, options) => {
    expect(() => new RedisConfig(options as RedisConfigOptions)).toThrow(
      expect.objectContaining({ code: 'OPTION_INVALID', context: { path } }),
    );
  });

  it.each([undefined, null, 'redis://h', [], new URL('redis://h')])('%j is refused as the options', (options) => {
    expect(() => new RedisConfig(options as unknown as RedisConfigOptions)).toThrow(/^connection: must be/);
  });
});

describe('a password function', () => {
  it('is called each time', async () => {
    let calls = 0;
    const config = new RedisConfig({ password: () => `token-${++calls}` });
    expect(config.rotatesPassword).toBe(true);
    expect([await config.resolvePassword(), await config.resolvePassword()]).toEqual(['token-1', 'token-2']);
  });

  it('may be asynchronous', async () => {
    await expect(new RedisConfig({ password: async () => 'p' }).resolvePassword()).resolves.toBe('p');
  });

  it.each<[string, () => string | Promise<string>]>([
    [
      'rejects',
      () => Promise.reject(Object.assign(new TypeError(CANARY), { token: CANARY, cause: new Error(CANARY) })),
    ],
    [
      'throws',
      () => {
        throw new TypeError(CANARY);
      },
    ],
  ])('that %s fails the connection, and only the name of its error is shown', async (_, password) => {
    const error: unknown = await new RedisConfig({ password }).resolvePassword().catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: 'CONNECTION_FAILED',
      outcome: 'not-sent',
      message: 'the password function failed (TypeError)',
      cause: { name: 'Error', message: 'TypeError' },
    });
    expect(inspect(error, { showHidden: true, depth: 20 })).not.toContain(CANARY);
  });

  it.each([CANARY, { message: CANARY }, Object.assign(new Error(CANARY), { name: `is ${CANARY}` })])(
    'that rejects with an unusual value fails the connection without showing it',
    async (reason) => {
      const config = new RedisConfig({ password: () => Promise.reject(reason) });
      const error: unknown = await config.resolvePassword().catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'CONNECTION_FAILED', message: 'the password function failed' });
      expect(inspect(error, { showHidden: true, depth: 20 })).not.toContain(CANARY);
    },
  );

  it.each([undefined, '', 5])('that returns %j is refused', async (value) => {
    const config = new RedisConfig({ password: () => value as string });
    await expect(config.resolvePassword()).rejects.toMatchObject({
      code: 'OPTION_INVALID',
      context: { path: 'password' },
    });
  });

  it('is not required: a constant password is returned unchanged', async () => {
    const config = new RedisConfig({ url: 'redis://:p@h' });
    expect(config.rotatesPassword).toBe(false);
    await expect(config.resolvePassword()).resolves.toBe('p');
    await expect(new RedisConfig({ password: '' }).resolvePassword()).resolves.toBeUndefined();
  });
});

describe('a RedisConfig', () => {
  it.each<[string, RedisConfigOptions]>([
    ['redis://127.0.0.1:6379/0', {}],
    ['redis://***@[::1]:1/2', { host: '::1', port: 1, db: 2, password: 'p' }],
    ['rediss://***@h:6379/0', { url: 'rediss://u@h' }],
    ['redis+unix:///run/a%20b.sock?db=1', { path: '/run/a b.sock', db: 1 }],
    ['redis+cluster://a:6379,[::1]:2', { nodes: ['a', '[::1]:2'] }],
    [
      'redis+sentinel://***@a:26379/my%20main/3',
      { sentinels: ['a'], sentinelName: 'my main', db: 3, sentinelPassword: 'p' },
    ],
    ['memory://', { mode: 'memory' }],
  ])('has the text %s', (text, options) => {
    expect(String(new RedisConfig(options))).toBe(text);
  });

  it('shows the address, the database and the mode as JSON', () => {
    const config = new RedisConfig({ url: 'rediss://:p@h:1/2', connectionName: 'api', poolSize: 3 });
    const shown = {
      mode: 'standalone',
      host: 'h',
      port: 1,
      db: 2,
      tls: true,
      credentials: true,
      connectionName: 'api',
      poolSize: 3,
    };
    expect(JSON.parse(JSON.stringify(config))).toEqual(shown);
    expect(inspect({ nested: { config } }, { breakLength: Infinity })).toContain(
      `RedisConfig ${inspect(shown, { breakLength: Infinity })}`,
    );
  });

  it('cannot be changed', () => {
    const config = new RedisConfig({});
    expect(Object.isFrozen(config)).toBe(true);
    expect(() => Object.assign(config, { mode: 'cluster' })).toThrow(TypeError);
  });

  it('does not change with the options it was created from', () => {
    const tls = { servername: 'before' };
    const nodes = [{ host: 'a', port: 1 }];
    const config = new RedisConfig({ nodes, tls });
    tls.servername = 'after';
    nodes[0] = { host: 'b', port: 2 };
    expect(String(config)).toBe('rediss+cluster://a:1');
    expect(config.getClusterParams().options.redisOptions?.tls).toEqual({ servername: 'before' });
  });
});

describe('a RedisConfig hides its secrets', () => {
  const tls = { key: `${CANARY}-key`, pfx: `${CANARY}-pfx`, passphrase: `${CANARY}-phrase`, ca: `${CANARY}-ca` };
  const ioredis = { clientInfoTag: `${CANARY}-tag` };
  const secrets = { username: `${CANARY}-user`, password: `${CANARY}-password`, tls, ioredis };
  const sentinels = {
    sentinels: ['a'],
    sentinelName: 'main',
    sentinelUsername: `${CANARY}-su`,
    sentinelPassword: `${CANARY}-sp`,
    sentinelTls: { passphrase: `${CANARY}-sentinel-tls` },
  };
  const secretOptions: [string, RedisConfigOptions][] = [
    ['a url', { url: `rediss://${CANARY}:${CANARY}@h` }],
    ['standalone options', { host: 'h', ...secrets }],
    ['cluster options', { nodes: ['a'], ...secrets }],
    ['Sentinel options', { ...sentinels, ...secrets }],
    ['a password function', { password: Object.assign(() => CANARY, { description: CANARY }) }],
  ];

  it.each(secretOptions)('when it is created from %s', (_where, options) => {
    const config = new RedisConfig(options);
    const hidden = { showHidden: true, depth: 20, getters: true };
    const views = [
      String(config),
      JSON.stringify(config),
      inspect(config),
      inspect(config, hidden),
      inspect(config, { ...hidden, customInspect: false }),
    ];
    views.push(
      JSON.stringify(Object.assign({}, config)),
      Object.entries(Object.getOwnPropertyDescriptors(config)).map(String).join(),
    );
    for (const view of views) expect(view).not.toContain(CANARY);
  });

  it.each<[string, unknown]>([
    ...secretOptions.map(([where, options]): [string, unknown] => [
      `${where}, with another option wrong`,
      { ...options, poolSize: -1 },
    ]),
    ['an incomplete url', { url: `redis://:${CANARY}@` }],
    ['a url as host', { host: `redis://:${CANARY}@h` }],
    ['a url as node', { nodes: [`redis://:${CANARY}@h:1`] }],
    ['a node with credentials', { nodes: [`user:${CANARY}@h:1`] }],
    ['a password of the wrong type', { password: { value: CANARY } }],
    ['a password with a url', { url: `redis://:${CANARY}@h`, password: `${CANARY}2` }],
    ['a Sentinel password in another mode', { sentinelPassword: CANARY }],
    ['a Sentinel password of the wrong type', { ...sentinels, sentinelPassword: [CANARY] }],
    ['TLS options of the wrong type', { tls: CANARY }],
    ['a password for ioredis', { ioredis: { password: CANARY } }],
    ['a password for ioredis, nested', { ioredis: { redisOptions: { password: CANARY } } }],
    ['an invalid percent-encoding', { url: `redis://:${CANARY}%zz@h` }],
  ])('in the error about %s', (_where, options) => {
    const error = thrownBy(() => new RedisConfig(options as RedisConfigOptions));
    expect(error).toBeInstanceOf(RedisInfraError);
    const { message, stack, cause, context } = error as RedisInfraError;
    for (const view of [
      message,
      stack,
      inspect(cause),
      JSON.stringify(context),
      inspect(error, { showHidden: true, depth: 20 }),
    ]) {
      expect(view).not.toContain(CANARY);
    }
  });
});

function thrownBy(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  return undefined;
}
