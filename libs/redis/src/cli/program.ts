import { Command, type OutputConfiguration } from 'commander';
import type { Finish } from './commands/command-action.js';
import { defineCleanup } from './commands/cleanup.command.js';
import { defineDoctor } from './commands/doctor.command.js';
import { defineInspect } from './commands/inspect.command.js';
import { defineInvalidate } from './commands/invalidate.command.js';
import { defineRateLimit } from './commands/rate-limit.command.js';
import { defineReseal } from './commands/reseal.command.js';
import { defineStats } from './commands/stats.command.js';
import { helpLayout } from './narrow-help.js';
import { indentText, widthOf } from './terminal/wrap.js';
import { packageVersion } from './version.js';

/** How a program reports and continues. */
export interface ProgramParts {
  /** Runs the action of the command that was named. */
  readonly finish: Finish;
  readonly output?: OutputConfiguration;
}

const VARIABLES: readonly (readonly [string, string])[] = [
  ['REDIS_URL', 'where Redis is; also REDIS_HOST, REDIS_PASSWORD and the other variables of RedisConfig.fromEnv()'],
  ['REDIS_ENCRYPTION_KEYS', 'the keys of encrypted values: id=secret, separated by commas; the first one seals'],
  ['REDIS_ENCRYPTION_TENANT', 'the tenant of encrypted values'],
  ['NO_COLOR', 'no colours'],
];
const EXIT_CODES = '0 ok, 1 error, 2 usage, 3 findings, 4 unreachable, 5 partial, 130 interrupted';
const DEFAULT_WIDTH = 80;

/** Defines all commands, their arguments and their options. It loads no other code than these definitions. */
export function createProgram({ finish, output = {} }: ProgramParts): Command {
  const width = widthOf({ columns: output.getOutHelpWidth?.() ?? DEFAULT_WIDTH });
  const program = new Command('nestjs-redis-infra')
    .description('Looks at and maintains the Redis behind an application that uses nestjs-redis-infra.')
    .version(packageVersion())
    .configureOutput(output)
    .exitOverride()
    .showHelpAfterError('(use --help for the options)')
    .configureHelp(helpLayout(width))
    .addHelpText('after', epilogue(width));
  const definitions = [
    defineDoctor,
    defineInspect,
    defineStats,
    defineInvalidate,
    defineRateLimit,
    defineCleanup,
    defineReseal,
  ];
  for (const define of definitions) define(program, finish);
  return program;
}

function epilogue(width: number): string {
  const variables = VARIABLES.map(([name, text]) => `  ${name}\n${indentText(text, 6, width)}`);
  return ['', 'Environment variables:', ...variables, '', 'Exit codes:', indentText(EXIT_CODES, 2, width)].join('\n');
}
