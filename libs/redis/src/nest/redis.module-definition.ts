import { ConfigurableModuleBuilder, type DynamicModule } from '@nestjs/common';
import {
  checkExtras,
  type RedisModuleAsyncOptions,
  type RedisModuleExtras,
  type RedisModuleOptions,
} from './redis-module.options.js';
import { redisExports, redisProviders } from './redis.providers.js';
import { OPTIONS } from './tokens/redis.tokens.js';

// Nest removes only the extras listed here from the options.
const EXTRAS = { name: undefined, isGlobal: true, extraProviders: undefined };

/** The class that Nest builds, with stricter option types: those of Nest let `forRootAsync({})` compile. */
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
