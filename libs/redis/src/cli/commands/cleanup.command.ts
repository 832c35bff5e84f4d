import { Option, type Command } from 'commander';
import type { Duration } from '../../common/duration.js';
import type { CleanupJob, CleanupOptions } from '../../service/cleanup/cleanup-options.js';
import type { Finish } from './command-action.js';
import { countOption, parseDuration, withConnectionOptions, type ConnectionOptions } from './shared-options.js';

export interface CleanupCommandOptions extends ConnectionOptions {
  readonly apply?: boolean;
  readonly dryRun?: boolean;
  readonly jobs?: readonly CleanupJob[];
  readonly withoutTtl?: CleanupOptions['noTtl'];
  readonly expireIn?: Duration;
  readonly bigKey?: string;
  readonly maxKeys?: number;
  readonly maxDuration?: Duration;
  readonly wholeDatabase?: boolean;
}

/** `cleanup`: finds, and with `--apply` removes, what Redis keeps without need. */
export function defineCleanup(program: Command, finish: Finish): void {
  withConnectionOptions(program.command('cleanup'))
    .description('find what Redis keeps without need; with --apply, remove it')
    .addOption(new Option('--dry-run', 'change nothing (the default)').conflicts('apply'))
    .option('--apply', 'remove what is found')
    .option('--jobs <names...>', 'only some of: no-ttl, flushed, expired, stale-internal, big-keys')
    .addOption(
      new Option('--without-ttl <action>', 'what happens to keys that never expire (default: report)').choices([
        'report',
        'expire',
        'delete',
      ]),
    )
    .option('--expire-in <duration>', 'the ttl of --without-ttl expire (default: 7d)', parseDuration)
    .option('--big-key <size>', 'the size from which a key is reported as big: 512kb (default: 1mb)')
    .addOption(countOption('--max-keys <count>', 'end after this many keys (default: 1000000)', { min: 1, max: 1e9 }))
    .option('--max-duration <duration>', 'end after this time (default: 10m)', parseDuration)
    .option('--whole-database', 'allow to work without a key prefix')
    .action((options: CleanupCommandOptions) =>
      finish(async (io) => (await import('../actions/cleanup.action.js')).cleanup(options, io)),
    );
}
