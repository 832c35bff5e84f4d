import type { Command } from 'commander';
import type { Finish } from './command-action.js';
import { countOption, withConnectionOptions, type ConnectionOptions } from './shared-options.js';

export interface DoctorOptions extends ConnectionOptions {
  /** The most keys whose expiry is looked at. */
  readonly sample: number;
  /** The checks whose findings do not matter here. */
  readonly ignore?: readonly string[];
}

/** `doctor`: examines the server and the permissions. */
export function defineDoctor(program: Command, finish: Finish): void {
  withConnectionOptions(program.command('doctor'))
    .description('examine the server, its settings and the permissions, and suggest remedies')
    .addOption(
      countOption('--sample <count>', 'look at the expiry of at most this many keys', {
        min: 1,
        max: 10_000_000,
      }).default(10_000),
    )
    .option('--ignore <checks...>', 'leave out the findings of these checks')
    .action((options: DoctorOptions) =>
      finish(async (io) => (await import('../actions/doctor.action.js')).doctor(options, io)),
    );
}
