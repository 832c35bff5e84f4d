import { Option, type Command } from 'commander';
import type { Finish } from './command-action.js';
import { countOption, withConnectionOptions, type ConnectionOptions } from './shared-options.js';

export interface PolicyOptions extends ConnectionOptions {
  /** A JSON file with a list of policies. */
  readonly policyFile?: string;
  readonly limit?: number;
  readonly window?: string;
  readonly algorithm?: string;
  readonly burst?: number;
  readonly timeZone?: string;
}

/** `ratelimit show|reset`: the count of a subject. */
export function defineRateLimit(program: Command, finish: Finish): void {
  const rateLimit = program.command('ratelimit').description('show or reset the count of a subject of a rate limit');
  withPolicy(rateLimit.command('show'))
    .description('show what is left, without spending')
    .action((policy: string, subject: string, options: PolicyOptions) =>
      finish(async (io) => (await import('../actions/rate-limit.action.js')).showLimit(policy, subject, options, io)),
    );
  withPolicy(rateLimit.command('reset'))
    .description('remove the count and a block')
    .action((policy: string, subject: string, options: PolicyOptions) =>
      finish(async (io) => (await import('../actions/rate-limit.action.js')).resetLimit(policy, subject, options, io)),
    );
}

function withPolicy(command: Command): Command {
  const algorithms = ['gcra', 'sliding-window', 'fixed-window', 'concurrency'];
  return withConnectionOptions(command)
    .argument('<policy>', 'the name of the policy')
    .argument('<subject>', 'the subject, as the application passes it')
    .option('--policy-file <file>', 'a JSON file with a list of policies, or with a member policies')
    .addOption(countOption('--limit <tokens>', 'the limit of the policy', { min: 1, max: Number.MAX_SAFE_INTEGER }))
    .option('--window <duration>', 'the window of the policy: 1m, or day, week, month, year')
    .addOption(new Option('--algorithm <name>', 'the algorithm of the policy (default: gcra)').choices(algorithms))
    .addOption(countOption('--burst <tokens>', 'the burst of the policy', { min: 1, max: Number.MAX_SAFE_INTEGER }))
    .option('--time-zone <name>', 'the time zone of a calendar window');
}
