import { type DynamicModule, Module } from '@nestjs/common';
import { CacheController } from './cache.controller.js';
import { Caches } from './caches.js';
import { CACHES_OPTIONS, type CachesOptions } from './caches.options.js';

/** Provides the Caches to the whole application. */
@Module({})
export class CachesModule {
  static forRoot(options: CachesOptions): DynamicModule {
    return {
      module: CachesModule,
      global: true,
      controllers: [CacheController],
      providers: [{ provide: CACHES_OPTIONS, useValue: options }, Caches],
      exports: [Caches],
    };
  }
}
