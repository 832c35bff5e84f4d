import { type DynamicModule, Module } from '@nestjs/common';
import { LOCAL_SHARDS, type LocalShards } from './local.shards.js';
import { ShardsController } from './shards.controller.js';
import { ShardsService } from './shards.service.js';

/** Provides the endpoints of the shards. */
@Module({})
export class ShardsModule {
  static forRoot(shards: LocalShards | undefined): DynamicModule {
    return {
      module: ShardsModule,
      controllers: [ShardsController],
      providers: [{ provide: LOCAL_SHARDS, useValue: shards ?? null }, ShardsService],
    };
  }
}
