import { Cluster, Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { RedisConfig } from './redis.config.js';
import type { RedisConfigOptions } from './redis-config.options.js';

const standalone = (options: RedisConfigOptions = {}) => new RedisConfig(options).getConnectionParams();
const sentinel = (options: RedisConfigOptions = {}) =>
  new RedisConfig({ sentinels: ['a', 'b:1'], sentinelName: 'main', ...options }).getSentinelParams();
const cluster = (options: RedisConfigOptions = {}) =>
  new RedisConfig({ nodes: ['a', 'b:1'], ...options }).getClusterParams();

const GUARANTEED = {
  lazyConnect: true,
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  enableReadyCheck: true,
  connectTimeout: 2000,
  disconnectTimeout: 200,
  noDelay: true,
};

describe('the parameters of a standalone connection', () => {
  it('switch off the retries and the offline queue of ioredis', () => {
    expect(standalone()).toMatchObject({ ...GUARANTEED, host: '127.0.0.1', port: 6379, db: 0 });
  });

  it('contain no option that was not set', () => {
    for (const name of [
      'username',
      'password',
      'tls',
      'family',
      'connectionName',
      'path',
      'keyPrefix',
      'commandTimeout',
    ]) {
      expect(standalone()).not.toHaveProperty(name);
    }
  });

  it('contain every option', () => {
    const options = {
      host: '::1',
      port: 1,
      family: 6,
      db: 2,
      username: 'u',
      password: 'p',
      connectionName: 'c',
    } as const;
    expect(standalone({ ...options, connectTimeout: '250ms' })).toMatchObject({ ...options, connectTimeout: 250 });
  });

  it('contain the path of the socket instead of host and port', () => {
    const params = standalone({ url: 'redis+unix:///run/redis.sock?db=1' });
    expect(params).toMatchObject({ path: '/run/redis.sock', db: 1 });
    expect(params).not.toHaveProperty('host');
    expect(params).not.toHaveProperty('port');
  });

  it('contain the options of TLS', () => {
    expect(standalone({ url: 'rediss://h' }).tls).toEqual({});
    expect(standalone({ host: 'h', tls: true }).tls).toEqual({});
    expect(standalone({ url: 'rediss://h', tls: { servername: 's' } }).tls).toEqual({ servername: 's' });
    expect(standalone({ host: 'h', tls: false })).not.toHaveProperty('tls');
  });

  it('reconnect forever, with delays between 50 ms and 1 s', () => {
    for (const attempt of [1, 2, 10, 100_000]) {
      const delay = standalone().retryStrategy?.(attempt);
      expect(delay).toBeGreaterThanOrEqual(50);
      expect(delay).toBeLessThanOrEqual(1000);
    }
  });

  it('are new at each call, so that a client cannot change them for another', () => {
    const config = new RedisConfig({ url: 'rediss://h' });
    const [first, second] = [config.getConnectionParams(), config.getConnectionParams()];
    expect(first).not.toBe(second);
    expect(first.tls).not.toBe(second.tls);
    expect(first.reconnectOnError).not.toBe(second.reconnectOnError);
  });

  it('contain no password when it is a function', () => {
    expect(standalone({ username: 'u', password: () => 'p' })).not.toHaveProperty('password');
  });

  it('are accepted by ioredis unchanged', () => {
    const params = standalone({ url: 'rediss://u:p@h:1/2', connectionName: 'c' });
    const client = new Redis(params);
    expect(client.options).toMatchObject(params);
    expect(client.status).toBe('wait');
    client.disconnect();
  });
});

describe('the parameters of a Sentinel connection', () => {
  it('contain the Sentinels, the master group and the failover detector', () => {
    expect(sentinel({ db: 3, username: 'u', password: 'p' })).toMatchObject({
      ...GUARANTEED,
      sentinels: [
        { host: 'a', port: 26379 },
        { host: 'b', port: 1 },
      ],
      name: 'main',
      role: 'master',
      db: 3,
      username: 'u',
      password: 'p',
      failoverDetector: true,
      sentinelCommandTimeout: 1000,
    });
  });

  it('separate the credentials of the Sentinels from those of the server', () => {
    expect(sentinel({ username: 'u', password: 'p' })).not.toHaveProperty('sentinelPassword');
    expect(sentinel({ sentinelUsername: 'su', sentinelPassword: 'sp' })).toMatchObject({
      sentinelUsername: 'su',
      sentinelPassword: 'sp',
    });
  });

  it('use TLS for servers and Sentinels, for one of them only, or for neither', () => {
    const tls = { servername: 's' };
    const sentinelTls = { servername: 't' };
    expect(sentinel({ tls })).toMatchObject({ tls, sentinelTLS: tls, enableTLSForSentinelMode: true });
    expect(sentinel({ tls, sentinelTls })).toMatchObject({
      tls,
      sentinelTLS: sentinelTls,
      enableTLSForSentinelMode: true,
    });
    expect(sentinel({ tls, sentinelTls: false })).toMatchObject({ tls, enableTLSForSentinelMode: true });
    expect(sentinel({ sentinelTls: true })).toMatchObject({ sentinelTLS: {} });
    for (const params of [sentinel(), sentinel({ tls, sentinelTls: false })]) {
      expect(params).not.toHaveProperty('sentinelTLS');
    }
    for (const params of [sentinel(), sentinel({ sentinelTls })]) {
      expect(params).not.toHaveProperty('tls');
      expect(params).not.toHaveProperty('enableTLSForSentinelMode');
    }
  });

  it('query the Sentinels forever', () => {
    const { sentinelRetryStrategy, sentinelReconnectStrategy } = sentinel();
    for (const attempt of [1, 10, 100_000]) {
      expect(sentinelRetryStrategy?.(attempt)).toBeLessThanOrEqual(1000);
      expect(sentinelReconnectStrategy?.(attempt)).toBeLessThanOrEqual(33_000);
    }
  });

  it('are accepted by ioredis unchanged', () => {
    const params = sentinel({ tls: true, sentinelPassword: 'sp' });
    const client = new Redis(params);
    expect(client.options).toMatchObject(params);
    client.disconnect();
  });
});

describe('the parameters of a cluster', () => {
  it('separate the options of the cluster from those of its connections', () => {
    const { nodes, options } = cluster({ username: 'u', password: 'p' });
    expect(nodes).toEqual([
      { host: 'a', port: 6379 },
      { host: 'b', port: 1 },
    ]);
    expect(options).toMatchObject({
      lazyConnect: true,
      enableOfflineQueue: false,
      retryDelayOnFailover: 0,
      retryDelayOnClusterDown: 0,
      maxRedirections: 3,
      scaleReads: 'master',
      redisOptions: { ...GUARANTEED, username: 'u', password: 'p' },
    });
    expect(options.redisOptions).not.toHaveProperty('db');
    expect(options.redisOptions).not.toHaveProperty('retryStrategy');
  });

  it('refresh the slots about every five seconds, with jitter', () => {
    const intervals = Array.from({ length: 20 }, () => cluster().options.slotsRefreshInterval as number);
    expect(Math.min(...intervals)).toBeGreaterThanOrEqual(4500);
    expect(Math.max(...intervals)).toBeLessThanOrEqual(5500);
    expect(new Set(intervals).size).toBeGreaterThan(1);
  });

  it('keep the host names of nodes when TLS checks certificates against them', () => {
    expect(cluster().options).not.toHaveProperty('dnsLookup');
    cluster({ tls: true }).options.dnsLookup?.('a.example', (error, address) => {
      expect([error, address]).toEqual([null, 'a.example']);
    });
    expect.assertions(2);
  });

  it('read from a connected replica, or else from the master', () => {
    const choose = cluster({ readFrom: 'prefer-replica' }).options.scaleReads as (nodes: unknown[]) => unknown;
    const node = (status: string) => ({ status });
    const [master, ready, lazy, connecting] = [node('ready'), node('ready'), node('wait'), node('connecting')];
    expect(choose([master, ready, connecting, undefined, lazy])).toEqual([ready, lazy]);
    expect(choose([master, connecting, undefined])).toBeUndefined();
    expect(choose([master])).toBeUndefined();
  });

  it('are accepted by ioredis unchanged', () => {
    const { nodes, options } = cluster({ tls: true, readFrom: 'prefer-replica' });
    const client = new Cluster(nodes, options);
    expect(client.options).toMatchObject(options);
    expect(client.status).toBe('wait');
    client.disconnect();
  });
});

describe('the parameters of another mode', () => {
  const configs = {
    standalone: new RedisConfig({}),
    sentinel: new RedisConfig({ sentinels: ['a'], sentinelName: 'main' }),
    cluster: new RedisConfig({ nodes: ['a'] }),
    memory: new RedisConfig({ mode: 'memory' }),
  };
  const builders = {
    standalone: 'getConnectionParams',
    sentinel: 'getSentinelParams',
    cluster: 'getClusterParams',
  } as const;

  for (const [mode, config] of Object.entries(configs)) {
    for (const [own, builder] of Object.entries(builders)) {
      if (own === mode) continue;
      it(`${builder} throws OPTION_INVALID in ${mode} mode`, () => {
        expect(() => config[builder]()).toThrow(
          expect.objectContaining({ code: 'OPTION_INVALID', message: expect.stringContaining(`is in ${mode} mode`) }),
        );
      });
    }
  }
});
