import { describe, expect, it } from 'vitest';
import { RedisConfig } from './redis.config.js';
import type { RedisConfigOptions } from './redis-config.options.js';

type PassThrough = NonNullable<RedisConfigOptions['ioredis']>;

const shared: PassThrough = {
  keepAlive: 1,
  natMap: { 'a:1': { host: 'b', port: 2 } },
  slotsRefreshTimeout: 9,
  retryStrategy: () => 5,
};

describe('the option ioredis', () => {
  it('overrides the parameters of a standalone connection, without the options of a cluster', () => {
    const params = new RedisConfig({ ioredis: shared }).getConnectionParams();
    expect(params).toMatchObject({ keepAlive: 1, natMap: shared.natMap, retryStrategy: shared.retryStrategy });
    expect(params).not.toHaveProperty('slotsRefreshTimeout');
  });

  it('overrides the parameters of a Sentinel connection', () => {
    const config = new RedisConfig({
      sentinels: ['a'],
      sentinelName: 'm',
      ioredis: { ...shared, sentinelCommandTimeout: 7 },
    });
    expect(config.getSentinelParams()).toMatchObject({
      keepAlive: 1,
      natMap: shared.natMap,
      sentinelCommandTimeout: 7,
    });
  });

  it('is split between a cluster and its connections', () => {
    const { options } = new RedisConfig({ nodes: ['a'], ioredis: shared }).getClusterParams();
    expect(options).toMatchObject({ natMap: shared.natMap, slotsRefreshTimeout: 9, redisOptions: { keepAlive: 1 } });
    expect(options).not.toHaveProperty('keepAlive');
    for (const name of ['natMap', 'slotsRefreshTimeout', 'retryStrategy'])
      expect(options.redisOptions).not.toHaveProperty(name);
  });

  it('accepts options in redisOptions', () => {
    const { options } = new RedisConfig({
      nodes: ['a'],
      ioredis: { redisOptions: { keepAlive: 3 } },
    }).getClusterParams();
    expect(options.redisOptions).toMatchObject({ keepAlive: 3, enableOfflineQueue: false });
  });

  it('ignores undefined members', () => {
    const ioredis = { enableOfflineQueue: undefined, keepAlive: undefined };
    expect(new RedisConfig({ ioredis }).getConnectionParams()).toMatchObject({
      enableOfflineQueue: false,
      keepAlive: 10_000,
    });
  });

  it.each<[string, PassThrough, RegExp]>([
    ['keyPrefix', { keyPrefix: 'x' }, /store's own keyPrefix/],
    ['enableAutoPipelining', { enableAutoPipelining: true }, /coalesced already/],
    ['enableOfflineQueue', { enableOfflineQueue: true }, /sent later/],
    ['autoResendUnfulfilledCommands', { autoResendUnfulfilledCommands: true }, /counts twice/],
    ['maxRetriesPerRequest', { maxRetriesPerRequest: null }, /deadline/],
    ['commandTimeout', { commandTimeout: 100 }, /dead socket/],
    ['lazyConnect', { lazyConnect: false }, /when to connect/],
    ['enableReadyCheck', { enableReadyCheck: false }, /loading/],
    ['reconnectOnError', { reconnectOnError: () => 2 }, /twice/],
    ['role', { role: 'slave' }, /master/],
    ['failoverDetector', { failoverDetector: false }, /lost/],
    ['retryDelayOnFailover', { retryDelayOnFailover: 100 }, /later/],
    ['retryDelayOnClusterDown', { retryDelayOnClusterDown: 100 }, /later/],
    ['replyMapping', { replyMapping: 'resp3' }, /shape/],
    ['stringNumbers', { stringNumbers: true }, /numbers/],
    ['monitor', { monitor: true }, /monitors/],
    ['retryStrategy', { retryStrategy: null }, /function/],
    ['clusterRetryStrategy', { clusterRetryStrategy: null }, /function/],
    ['host', { host: 'h' }, /with the option host/],
    ['password', { password: 'p' }, /with the option password/],
    ['name', { name: 'm' }, /with the option sentinelName/],
    ['scaleReads', { scaleReads: 'all' }, /with the option readFrom/],
    ['redisOptions.keyPrefix', { redisOptions: { keyPrefix: 'x' } }, /store's own keyPrefix/],
    ['redisOptions.password', { redisOptions: { password: 'p' } }, /with the option password/],
  ])('refuses %s', (name, ioredis, why) => {
    const path = `ioredis.${name}`;
    expect(() => new RedisConfig({ ioredis })).toThrow(
      expect.objectContaining({ code: 'OPTION_INVALID', context: { path } }),
    );
    expect(() => new RedisConfig({ ioredis })).toThrow(why);
  });

  it.each([null, 'x', []])('refuses the value %j', (ioredis) => {
    expect(() => new RedisConfig({ ioredis: ioredis as never })).toThrow(
      expect.objectContaining({ context: { path: 'ioredis' } }),
    );
  });
});
