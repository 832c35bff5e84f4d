import type { Command } from 'commander';
import type { Finish } from './command-action.js';
import { withCacheOptions, type CacheNameOptions } from './shared-options.js';

export interface InspectOptions extends CacheNameOptions {
  readonly showValue?: boolean;
}

/** `inspect`: what a read of a key would find. */
export function defineInspect(program: Command, finish: Finish): void {
  withCacheOptions(program.command('inspect'))
    .description('explain what a read of a key of a cache would find now')
    .argument('<key>', 'the key, as the application passes it to the cache')
    .option('--show-value', 'print the value too')
    .action((key: string, options: InspectOptions) =>
      finish(async (io) => (await import('../actions/inspect.action.js')).inspect(key, options, io)),
    );
}
