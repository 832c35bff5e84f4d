import { type DynamicModule, Module } from '@nestjs/common';
import { Database } from './database.js';
import { DATABASE_OPTIONS, type DatabaseOptions } from './database.options.js';

/** Provides the Database to the whole application. */
@Module({})
export class DatabaseModule {
  static forRoot(options: DatabaseOptions): DynamicModule {
    return {
      module: DatabaseModule,
      global: true,
      providers: [{ provide: DATABASE_OPTIONS, useValue: options }, Database],
      exports: [Database],
    };
  }
}
