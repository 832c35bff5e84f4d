import { Option, type Command } from 'commander';
import type { Finish } from './command-action.js';
import { countOption, withConnectionOptions, type ConnectionOptions } from './shared-options.js';

export interface ResealCommandOptions extends ConnectionOptions {
  readonly prefix?: string;
  readonly wholeDatabase?: boolean;
  readonly batch: number;
  readonly sealPlain?: boolean;
  readonly bindExpiry?: boolean;
  readonly plainCounters?: boolean;
  readonly compress?: boolean;
  readonly padding?: 'padme';
  readonly serializer?: 'json' | 'msgpack';
}

/** `reseal`: seals values with the primary key. */
export function defineReseal(program: Command, finish: Finish): void {
  withConnectionOptions(program.command('reseal'))
    .description('seal every value again that an older encryption key sealed, with the first key')
    .option('--prefix <text>', 'only keys that begin with this text, after the key prefix')
    .option('--whole-database', 'allow to work without any prefix')
    .addOption(countOption('--batch <count>', 'keys of one step', { min: 1, max: 10_000 }).default(200))
    .option('--seal-plain', 'seal values too that are not sealed yet')
    .option('--bind-expiry', 'as encryption.bindExpiry of the module')
    .option('--plain-counters', 'as encryption.counters: plain of the module')
    .option('--compress', 'as compression of the module, with compressBeforeEncrypt')
    .addOption(new Option('--padding <kind>', 'as encryption.padding of the module').choices(['padme']))
    .addOption(new Option('--serializer <name>', 'as serializer of the module').choices(['json', 'msgpack']))
    .action((options: ResealCommandOptions) =>
      finish(async (io) => (await import('../actions/reseal.action.js')).reseal(options, io)),
    );
}
