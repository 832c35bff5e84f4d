import { Test } from '@nestjs/testing';
import { describe, expect, it } from 'vitest';
import { resolveModuleOptions, type RedisModuleOptions } from '../redis-module.options.js';
import { RedisModule } from '../redis.module.js';

const SHARDS = [
  { id: 'eu-1', connection: 'memory://' },
  { id: 'eu-2', connection: 'memory://', weight: 2 },
];

const refused = (path: string): unknown => expect.objectContaining({ code: 'OPTION_INVALID', context: { path } });

const INVALID: readonly (readonly [path: string, options: object])[] = [
  ['connection', { shards: SHARDS, connection: 'redis://127.0.0.1' }],
  ['shards', { shards: [] }],
  ['shards', { shards: 'redis://127.0.0.1' }],
  ['shards[1].id', { shards: [SHARDS[0], SHARDS[0]] }],
  ['shards[0].connection', { shards: [{ id: 'eu-1' }] }],
  ['shards[0].connection', { shards: [{ id: 'eu-1', connection: 'http://h' }] }],
  ['shards[0].wheight', { shards: [{ ...SHARDS[0], wheight: 2 }] }],
  ['shards[0].weight', { shards: [{ ...SHARDS[0], weight: 0 }] }],
  ['sharding', { sharding: { strict: true } }],
  ['sharding.strct', { shards: SHARDS, sharding: { strct: true } }],
  ['sharding.strict', { shards: SHARDS, sharding: { strict: 1 } }],
  ['sharding.locator', { shards: SHARDS, sharding: { locator: 'modulo' } }],
  ['sharding.onShardDown', { shards: SHARDS, sharding: { onShardDown: 'fallback' }, fallback: false }],
  ['sharding.topologyChange', { shards: SHARDS, sharding: { topologyChange: 'flush' } }],
  ['fallback.maxStale', { shards: SHARDS, fallback: { maxStale: 'long' } }],
  ['keyPrefix', { shards: SHARDS, keyPrefix: 5 }],
  ['resilience.deadline', { shards: SHARDS, resilience: { deadline: 0 } }],
];

describe('the options of RedisModule with shards', () => {
  it.each(INVALID)('fail the start with the path %s', async (path, options) => {
    const registrations = [
      RedisModule.forRoot(options),
      RedisModule.forRootAsync({ name: 'other', useFactory: async () => options }),
    ];
    for (const registration of registrations)
      await expect(Test.createTestingModule({ imports: [registration] }).compile()).rejects.toThrow(refused(path));
  });

  it.each<RedisModuleOptions>([
    { shards: SHARDS, connection: '' },
    { shards: SHARDS, connection: undefined },
    { shards: SHARDS, fallback: false, sharding: { onShardDown: 'miss' } },
    { shards: SHARDS, keyPrefix: 'shop:', sharding: { topologyChange: 'flush', locator: 'ketama' } },
  ])('are accepted: %o', (options) => {
    expect(resolveModuleOptions(options)).toMatchObject({ config: undefined, unconfigured: false });
  });
});
