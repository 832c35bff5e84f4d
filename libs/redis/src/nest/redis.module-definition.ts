import { ConfigurableModuleBuilder, type DynamicModule } from '@nestjs/common';
import {
  checkExtras,
  type RedisModuleAsyncOptions,
  type RedisModuleExtras,
  type RedisModuleOptions,
} from './redis-module.options.js';
import { redisExports, redisProviders } from './redis.providers.js';
import { OPTIONS } from './redis.options-token.js';

// Each is named, or Nest would leave it among the options.
const EXTRAS = { name: undefined, isGlobal: true, extraProviders: undefined };

/** What Nest builds, with the options typed as this package types them: Nest would let `forRootAsync({})` compile. */
interface RedisModuleBase {
  new (): object;
  forRoot(options: RedisModuleOptions & RedisModuleExtras): DynamicModule;
  forRootAsync(options: RedisModuleAsyncOptions): DynamicModule;
}

const built = new ConfigurableModuleBuilder<RedisModuleOptions>({
  optionsInjectionToken: OPTIONS,
})
  .setClassMethodName('forRoot')
  .setFactoryMethodName('createRedisOptions')
  .setExtras<RedisModuleExtras>(EXTRAS, (definition, extras) => {
    checkExtras(extras);
    const { name, isGlobal, extraProviders } = extras;
    return {
      ...definition,
      global: isGlobal ?? true,
      providers: [...(definition.providers ?? []), ...(extraProviders ?? []), ...redisProviders(name)],
      exports: redisExports(name),
    };
  })
  .build();

export const ConfigurableModuleClass: RedisModuleBase = built.ConfigurableModuleClass;
