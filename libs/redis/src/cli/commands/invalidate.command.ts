import type { Command } from 'commander';
import type { Finish } from './command-action.js';
import { withCacheOptions, type CacheNameOptions } from './shared-options.js';

export interface InvalidatePrefixOptions extends CacheNameOptions {
  readonly yes?: boolean;
}

/** `invalidate key|tag|prefix`: what the methods of `CacheService` do, from outside of the application. */
export function defineInvalidate(program: Command, finish: Finish): void {
  const invalidate = program
    .command('invalidate')
    .description('invalidate values of a cache; applications and their near copies follow');
  withCacheOptions(invalidate.command('key'))
    .description('invalidate one value')
    .argument('<key>', 'the key, as the application passes it to the cache')
    .action((key: string, options: CacheNameOptions) =>
      finish(async (io) => (await import('../actions/invalidate.action.js')).invalidateKey(key, options, io)),
    );
  withCacheOptions(invalidate.command('tag'))
    .description('invalidate every value that has one of these tags')
    .argument('<tags...>', 'the tags')
    .action((tags: readonly string[], options: CacheNameOptions) =>
      finish(async (io) => (await import('../actions/invalidate.action.js')).invalidateTags(tags, options, io)),
    );
  withCacheOptions(invalidate.command('prefix'))
    .description('invalidate everything in the namespace of --namespace, and in those inside it')
    .option('--yes', 'do not ask')
    .action((options: InvalidatePrefixOptions) =>
      finish(async (io) => (await import('../actions/invalidate.action.js')).invalidatePrefix(options, io)),
    );
}
