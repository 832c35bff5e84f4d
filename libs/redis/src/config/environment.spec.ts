import { describe, expect, it } from 'vitest';
import { RedisConfig } from './redis.config.js';

const K8S_PORT = 'tcp://10.0.0.1:6379';
const url = (env: NodeJS.ProcessEnv): string => String(RedisConfig.fromEnv(env));

describe('RedisConfig.fromEnv', () => {
  it('is memory mode when nothing is set', () => {
    expect(RedisConfig.fromEnv({}).mode).toBe('memory');
  });

  it('counts empty variables as not set', () => {
    expect(
      url({ REDIS_URL: '', REDIS_HOST: '', REDIS_PORT: '', REDIS_DB: '', REDIS_TLS: '', REDIS_CLUSTER_NODES: '' }),
    ).toBe('memory://');
  });

  it('is memory mode when only REDIS_TLS=false is set', () => {
    expect(url({ REDIS_TLS: 'false' })).toBe('memory://');
  });

  it.each<[string, NodeJS.ProcessEnv, string]>([
    ['a url', { REDIS_URL: 'redis://h:1/2' }, 'redis://h:1/2'],
    ['a host alone', { REDIS_HOST: 'h' }, 'redis://h:6379/0'],
    ['a port alone, on this machine', { REDIS_PORT: '6380' }, 'redis://127.0.0.1:6380/0'],
    ['host, port and database', { REDIS_HOST: '::1', REDIS_PORT: '6380', REDIS_DB: '3' }, 'redis://[::1]:6380/3'],
    ['TLS', { REDIS_HOST: 'h', REDIS_TLS: 'TRUE' }, 'rediss://h:6379/0'],
    ['no TLS', { REDIS_HOST: 'h', REDIS_TLS: '0' }, 'redis://h:6379/0'],
    ['cluster nodes', { REDIS_CLUSTER_NODES: 'a:1, [::1]:2 ,c' }, 'redis+cluster://a:1,[::1]:2,c:6379'],
    [
      'Sentinels',
      { REDIS_SENTINELS: 'a,b:1', REDIS_SENTINEL_NAME: 'main', REDIS_DB: '2', REDIS_TLS: 'on' },
      'rediss+sentinel://a:26379,b:1/main/2',
    ],
    ['a url with the REDIS_PORT of Kubernetes', { REDIS_URL: 'redis://h', REDIS_PORT: K8S_PORT }, 'redis://h:6379/0'],
    [
      'a unix socket with the REDIS_PORT of Kubernetes',
      { REDIS_URL: 'redis+unix:///s', REDIS_PORT: K8S_PORT },
      'redis+unix:///s',
    ],
    ['TLS with a url', { REDIS_URL: 'redis+cluster://h', REDIS_TLS: 'yes' }, 'rediss+cluster://h:6379'],
    ['no TLS with a url without it', { REDIS_URL: 'redis://h', REDIS_TLS: 'no' }, 'redis://h:6379/0'],
    ['a database with a url without one', { REDIS_URL: 'redis://h:1', REDIS_DB: '3' }, 'redis://h:1/3'],
    ['a database with a unix socket', { REDIS_URL: 'redis+unix:///s', REDIS_DB: '3' }, 'redis+unix:///s?db=3'],
    [
      'a database with Sentinels',
      { REDIS_URL: 'redis+sentinel://h/main', REDIS_DB: '3' },
      'redis+sentinel://h:26379/main/3',
    ],
    [
      'the group with Sentinels',
      { REDIS_URL: 'redis+sentinel://h', REDIS_SENTINEL_NAME: 'main' },
      'redis+sentinel://h:26379/main/0',
    ],
    ['a port with a url without one', { REDIS_URL: 'redis://h', REDIS_PORT: '6380' }, 'redis://h:6380/0'],
    [
      'variables that repeat the url',
      {
        REDIS_URL: 'rediss://u:p@h:1/2',
        REDIS_HOST: 'h',
        REDIS_PORT: '1',
        REDIS_DB: '2',
        REDIS_USERNAME: 'u',
        REDIS_PASSWORD: 'p',
        REDIS_TLS: 'true',
      },
      'rediss://***@h:1/2',
    ],
    [
      'nodes that repeat the url',
      { REDIS_URL: 'redis+cluster://a:1,b', REDIS_CLUSTER_NODES: 'a:1,b' },
      'redis+cluster://a:1,b:6379',
    ],
    [
      'no other variable with memory://',
      { REDIS_URL: 'memory://', REDIS_HOST: 'h', REDIS_DB: '3', REDIS_PASSWORD: 'p', REDIS_TLS: 'true' },
      'memory://',
    ],
  ])('reads %s', (_what, env, expected) => {
    expect(url(env)).toBe(expected);
  });

  it('reads user name and password', () => {
    const params = RedisConfig.fromEnv({
      REDIS_HOST: 'h',
      REDIS_USERNAME: 'u',
      REDIS_PASSWORD: 'p',
    }).getConnectionParams();
    expect(params).toMatchObject({ username: 'u', password: 'p' });
  });

  it('adds a password to a url that has none', () => {
    const env = { REDIS_URL: 'redis://u@h', REDIS_USERNAME: 'u', REDIS_PASSWORD: 'p' };
    expect(RedisConfig.fromEnv(env).getConnectionParams()).toMatchObject({ username: 'u', password: 'p' });
  });

  it.each<[string, NodeJS.ProcessEnv]>([
    ['REDIS_DB', { REDIS_URL: 'redis://h/2', REDIS_DB: '3' }],
    ['REDIS_DB', { REDIS_URL: 'redis://h/0', REDIS_DB: '3' }],
    ['REDIS_DB', { REDIS_URL: 'redis+unix:///s?db=2', REDIS_DB: '3' }],
    ['REDIS_DB', { REDIS_URL: 'redis+sentinel://h/main/2', REDIS_DB: '3' }],
    ['REDIS_DB', { REDIS_URL: 'redis+cluster://h', REDIS_DB: '3' }],
    ['REDIS_HOST', { REDIS_URL: 'redis://h', REDIS_HOST: 'x' }],
    ['REDIS_HOST', { REDIS_URL: 'redis+unix:///s', REDIS_HOST: 'h' }],
    ['REDIS_HOST', { REDIS_URL: 'redis+cluster://h', REDIS_HOST: 'h' }],
    ['REDIS_HOST', { REDIS_URL: 'redis+sentinel://h/main', REDIS_HOST: 'h' }],
    ['REDIS_PORT', { REDIS_URL: 'redis://h:6379', REDIS_PORT: '6380' }],
    ['REDIS_PORT', { REDIS_URL: 'redis+unix:///s', REDIS_PORT: '6379' }],
    ['REDIS_USERNAME', { REDIS_URL: 'redis://u@h', REDIS_USERNAME: 'other', REDIS_PASSWORD: 'p' }],
    ['REDIS_PASSWORD', { REDIS_URL: 'redis://:own@h', REDIS_PASSWORD: 'p' }],
    ['REDIS_TLS', { REDIS_URL: 'rediss://h', REDIS_TLS: 'false' }],
    ['REDIS_CLUSTER_NODES', { REDIS_URL: 'redis://h', REDIS_CLUSTER_NODES: 'a,b' }],
    ['REDIS_CLUSTER_NODES', { REDIS_URL: 'redis+cluster://a', REDIS_CLUSTER_NODES: 'b' }],
    ['REDIS_SENTINELS', { REDIS_URL: 'redis://h', REDIS_SENTINELS: 'a' }],
    ['REDIS_SENTINELS', { REDIS_URL: 'redis+sentinel://a/main', REDIS_SENTINELS: 'b' }],
    ['REDIS_SENTINEL_NAME', { REDIS_URL: 'redis+sentinel://a/main', REDIS_SENTINEL_NAME: 'other' }],
  ])('refuses %s when it contradicts REDIS_URL: %j', (variable, env) => {
    expect(() => RedisConfig.fromEnv(env)).toThrow(
      expect.objectContaining({ code: 'OPTION_INVALID', context: { path: variable } }),
    );
  });

  it.each<[string, NodeJS.ProcessEnv]>([
    ['with a list of Sentinels', { REDIS_SENTINELS: 'a', REDIS_SENTINEL_NAME: 'main' }],
    ['with a url that names Sentinels', { REDIS_URL: 'redis+sentinel://a/main' }],
  ])('reads the credentials of the Sentinels %s', (_where, env) => {
    const credentials = { REDIS_SENTINEL_USERNAME: 'su', REDIS_SENTINEL_PASSWORD: 'sp' };
    const params = RedisConfig.fromEnv({ ...env, ...credentials }).getSentinelParams();
    expect(params).toMatchObject({ sentinelUsername: 'su', sentinelPassword: 'sp' });
    expect(params).not.toHaveProperty('password');
  });

  it('ignores the credentials of the Sentinels with a url that names no Sentinel', () => {
    const env = { REDIS_URL: 'redis://h', REDIS_SENTINEL_PASSWORD: 'sp' };
    expect(RedisConfig.fromEnv(env).mode).toBe('standalone');
  });

  it.each<[string, NodeJS.ProcessEnv]>([
    ['REDIS_URL', { REDIS_URL: 'h:6379' }],
    ['REDIS_URL', { REDIS_URL: 'redis+sentinel://h' }],
    ['REDIS_TLS', { REDIS_URL: 'redis+unix:///run/redis.sock', REDIS_TLS: 'true' }],
    ['REDIS_HOST', { REDIS_HOST: 'h:6379' }],
    ['REDIS_PORT', { REDIS_HOST: 'h', REDIS_PORT: '0' }],
    ['REDIS_PORT', { REDIS_HOST: 'h', REDIS_PORT: '6379 ' }],
    ['REDIS_PORT', { REDIS_HOST: 'h', REDIS_PORT: '1e3' }],
    ['REDIS_DB', { REDIS_HOST: 'h', REDIS_DB: 'two' }],
    ['REDIS_DB', { REDIS_URL: 'redis://h', REDIS_DB: 'two' }],
    ['REDIS_PORT', { REDIS_URL: 'redis://h', REDIS_PORT: 'x' }],
    ['REDIS_DB', { REDIS_CLUSTER_NODES: 'a', REDIS_DB: '2' }],
    ['REDIS_TLS', { REDIS_HOST: 'h', REDIS_TLS: 'maybe' }],
    ['REDIS_HOST', { REDIS_HOST: 'h', REDIS_CLUSTER_NODES: 'a' }],
    ['REDIS_SENTINELS', { REDIS_SENTINELS: 'a', REDIS_CLUSTER_NODES: 'a' }],
    ['REDIS_CLUSTER_NODES', { REDIS_CLUSTER_NODES: 'a,,b' }],
    ['REDIS_CLUSTER_NODES', { REDIS_CLUSTER_NODES: 'a:1,b:70000' }],
    ['REDIS_SENTINELS', { REDIS_SENTINELS: 'redis://a', REDIS_SENTINEL_NAME: 'main' }],
    ['REDIS_SENTINELS', { REDIS_SENTINEL_NAME: 'main' }],
    ['REDIS_SENTINEL_NAME', { REDIS_SENTINELS: 'a' }],
    ['REDIS_SENTINEL_PASSWORD', { REDIS_HOST: 'h', REDIS_SENTINEL_PASSWORD: 'p' }],
  ])('names %s in the error for %j', (variable, env) => {
    expect(() => RedisConfig.fromEnv(env)).toThrow(
      expect.objectContaining({ code: 'OPTION_INVALID', context: { path: variable } }),
    );
  });

  it('explains the REDIS_PORT that Kubernetes sets', () => {
    expect(() => RedisConfig.fromEnv({ REDIS_HOST: 'h', REDIS_PORT: 'tcp://10.0.0.1:6379' })).toThrow(
      /REDIS_PORT: .*Kubernetes/,
    );
  });

  it("reads the process' own environment by default", () => {
    const before = process.env['REDIS_URL'];
    process.env['REDIS_URL'] = 'redis://from-the-process';
    try {
      expect(String(RedisConfig.fromEnv())).toBe('redis://from-the-process:6379/0');
    } finally {
      if (before === undefined) delete process.env['REDIS_URL'];
      else process.env['REDIS_URL'] = before;
    }
  });
});
