import { Inject, Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  CacheService,
  InjectShardedCache,
  PartialResultError,
  RedisModule,
  ShardedCache,
  type KeyLocation,
  type ShardedOptions,
  type ShardOptions,
} from 'nestjs-redis-infra';

const SHARDS: readonly ShardOptions[] = [
  { id: 'eu-1', connection: 'memory://' },
  { id: 'eu-2', connection: 'memory://', weight: 2 },
];

const OPTIONS: ShardedOptions = { keyPrefix: 'app:', onShardDown: 'fallback', strict: true };

@Injectable()
export class ShardsService {
  constructor(
    @Inject(CacheService) private readonly cache: CacheService,
    @InjectShardedCache() private readonly shards: ShardedCache,
  ) {}

  async load(name: string): Promise<string> {
    return this.cache.getOrSet(`city:${name}`, async () => name.toUpperCase());
  }

  states(): string[] {
    return Object.entries(this.shards.status()).map(([id, { state }]) => `${id}: ${state}`);
  }
}

@Module({
  imports: [RedisModule.forRoot({ shards: SHARDS, sharding: { strict: true }, keyPrefix: 'app:' })],
  providers: [ShardsService],
})
class ShardsModule {}

/** Uses shards with `new`, and in an application. */
export async function runShards(): Promise<unknown> {
  const sharded = new ShardedCache(SHARDS, OPTIONS);
  const events: string[] = [];
  sharded.on('cleared', ({ shards }) => void events.push(...Object.keys(shards)));
  await sharded.connect();
  await sharded.setMany([
    { key: 'user:1', value: { name: 'John' }, ttl: '2h' },
    { key: 'user:2', value: { name: 'Jane' } },
  ]);
  const values = await sharded.getMany<{ readonly name: string }>(['user:1', 'user:2', 'user:1']);
  const { shard, slot }: KeyLocation = sharded.locate('user:1');
  const removed = await sharded.clear().catch((error: unknown) => error instanceof PartialResultError);
  await sharded.disconnect();
  const app = await NestFactory.createApplicationContext(ShardsModule, { logger: ['error', 'warn'] });
  const service = app.get(ShardsService);
  const loaded = await service.load('bern');
  const states = service.states();
  await app.close();
  return { names: values.map((value) => value?.name), shard, isSlot: slot < 16_384, removed, events, loaded, states };
}

/** What `runShards` returns. */
export const EXPECTED_SHARDS = {
  names: ['John', 'Jane', 'John'],
  shard: 'eu-2',
  isSlot: true,
  removed: 2,
  events: ['eu-1', 'eu-2'],
  loaded: 'BERN',
  states: ['eu-1: up', 'eu-2: up'],
};
