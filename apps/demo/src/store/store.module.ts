import { Global, Module } from '@nestjs/common';
import { DemoStore } from './demo.store.js';

/** Provides the DemoStore to the whole application. */
@Global()
@Module({ providers: [DemoStore], exports: [DemoStore] })
export class StoreModule {}
