import { describe, expect, test } from 'vitest';
import { RedisConfig } from '../../config/redis.config.js';
import { resolveShardedOptions, SHARDED_DEFAULTS } from './sharded-options.js';
import { resolveShards } from './shards/shard-options.js';
import { ShardedCache } from './sharded.cache.js';

const invalid = (path: string): unknown => expect.objectContaining({ code: 'OPTION_INVALID', context: { path } });

describe('the shards of a ShardedCache', () => {
  test('have ids of their addresses if they are connections', () => {
    const shards = resolveShards([
      'redis://user:secret@10.0.0.1',
      { host: 'redis.local', port: 7000, db: 2 },
      new RedisConfig({ path: '/run/redis.sock' }),
      'redis+sentinel://s1,s2/main/3',
      'memory://',
    ]);
    expect(shards.map(({ id }) => id)).toEqual([
      '10.0.0.1:6379/0',
      'redis.local:7000/2',
      '/run/redis.sock/0',
      'main/3',
      'memory',
    ]);
    expect(shards.map(({ weight }) => weight)).toEqual([1, 1, 1, 1, 1]);
  });

  test.each<[path: string, shards: unknown]>([
    ['shards', 'redis://10.0.0.1'],
    ['shards', []],
    ['shards[0]', [undefined]],
    ['shards[0]', ['']],
    ['shards[0]', ['http://10.0.0.1']],
    ['shards[0]', ['redis+cluster://10.0.0.1,10.0.0.2']],
    ['shards[0]', [`redis://${'a'.repeat(30)}.${'b'.repeat(30)}.local`]],
    ['shards[1].id', ['redis://10.0.0.1', 'redis://10.0.0.1:6379/0']],
    ['shards[1].id', ['memory://', 'memory://']],
    ['shards[0].id', [{ connection: 'memory://' }]],
    ['shards[0].id', [{ id: 5, connection: 'memory://' }]],
    ['shards[0].id', [{ id: 'a'.repeat(65), connection: 'memory://' }]],
    ['shards[0].id', [{ id: '\uD800', connection: 'memory://' }]],
    ['shards[0].connection', [{ id: 'a' }]],
    ['shards[0].connection', [{ id: 'a', connection: 'http://10.0.0.1' }]],
    ['shards[0].connection.prot', [{ id: 'a', connection: { host: 'h', prot: 1 } }]],
    ['shards[0].wieght', [{ id: 'a', connection: 'memory://', wieght: 1 }]],
    ['shards[0].weight', [{ id: 'a', connection: 'memory://', weight: 0 }]],
    [
      'shards[1].id',
      [
        { id: 'a', connection: 'memory://' },
        { id: 'a', connection: 'redis://10.0.0.1' },
      ],
    ],
  ])('refuse an invalid %s: %j', (path, shards) => {
    expect(() => new ShardedCache(shards as never)).toThrow(invalid(path));
  });
});

describe('the options of a ShardedCache', () => {
  test('have defaults', () => {
    expect(resolveShardedOptions()).toMatchObject(SHARDED_DEFAULTS);
    expect(resolveShardedOptions({ failFast: undefined, strict: undefined })).toMatchObject(SHARDED_DEFAULTS);
    expect(resolveShardedOptions({ fallback: false }).onShardDown).toBe('error');
  });

  test.each<[path: string, options: object]>([
    ['fallbacks', { fallbacks: {} }],
    ['keyPrefix', { keyPrefix: 5 }],
    ['resilience.deadline', { resilience: { deadline: 0 } }],
    ['fallback.maxEntries', { fallback: { maxEntries: 0 } }],
    ['onShardDown', { onShardDown: 'ignore' }],
    ['onShardDown', { onShardDown: 'fallback', fallback: false }],
    ['onShardDown', { onShardDown: 'miss', fallback: {} }],
    ['locator', { locator: 'crc' }],
    ['topologyChange', { topologyChange: 'move' }],
    ['failFast', { failFast: 1 }],
    ['strict', { strict: 'yes' }],
    ['codec.serializer', { codec: { serializer: 'xml' } }],
  ])('refuse an invalid %s: %j', (path, options) => {
    expect(() => new ShardedCache(['memory://'], options)).toThrow(invalid(path));
  });
});
