import { afterEach, describe, expect, it, vi } from 'vitest';
import { toRedisConfig, type RedisConnection } from './redis-connection.js';
import { RedisConfig } from './redis.config.js';

describe('toRedisConfig', () => {
  afterEach(() => vi.unstubAllEnvs());

  it.each([undefined, ''])('reads the environment for %j', (connection) => {
    vi.stubEnv('REDIS_URL', 'redis://from-env');
    expect(String(toRedisConfig(connection))).toBe('redis://from-env:6379/0');
  });

  it('accepts a string as a url', () => {
    expect(String(toRedisConfig('redis://h:1'))).toBe('redis://h:1/0');
  });

  it('accepts an object as the options', () => {
    expect(String(toRedisConfig({ host: 'h', db: 1 }))).toBe('redis://h:6379/1');
  });

  it('returns a RedisConfig unchanged', () => {
    const config = new RedisConfig({ host: 'h' });
    expect(toRedisConfig(config)).toBe(config);
  });

  it('recognises a RedisConfig of another copy of the package by its methods', () => {
    const foreign = { mode: 'standalone', getConnectionParams: () => ({}) } as unknown as RedisConfig;
    expect(toRedisConfig(foreign)).toBe(foreign);
  });

  it.each<[unknown, string]>([
    ['nonsense', 'connection'],
    [{ port: 0 }, 'connection.port'],
    [{ url: 'nonsense' }, 'connection.url'],
    [{ nope: 1 }, 'connection.nope'],
    [{ nodes: ['a', { host: 'b', port: -1 }] }, 'connection.nodes[1].port'],
    [6379, 'connection'],
    [null, 'connection'],
    [['redis://h'], 'connection'],
    [new URL('redis://h'), 'connection'],
  ])('refuses %j with its path', (connection, path) => {
    expect(() => toRedisConfig(connection as RedisConnection, 'connection')).toThrow(
      expect.objectContaining({ code: 'OPTION_INVALID', context: { path } }),
    );
  });
});
