import type { Command } from 'commander';
import type { Duration } from '../../common/duration.js';
import type { Finish } from './command-action.js';
import { parseDuration, withConnectionOptions, type ConnectionOptions } from './shared-options.js';

export interface StatsOptions extends ConnectionOptions {
  /** The time between two lines; true is one second. Undefined: one line only. */
  readonly watch?: Duration | true;
}

/** `stats`: figures of the server and of the keys below the prefix. */
export function defineStats(program: Command, finish: Finish): void {
  withConnectionOptions(program.command('stats'))
    .description('show commands per second, hit ratio, memory, clients and keys')
    .option('--watch [interval]', 'a line per interval (default 1s) until Ctrl-C', parseDuration)
    .action((options: StatsOptions) =>
      finish(async (io) => (await import('../actions/stats.action.js')).stats(options, io)),
    );
}
