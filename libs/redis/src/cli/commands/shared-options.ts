import { InvalidArgumentError, Option, type Command } from 'commander';
import { duration, type Duration } from '../../common/duration.js';

/** The options of every command that connects to Redis. */
export interface ConnectionOptions {
  /** Text in front of every key, as in the module. */
  readonly keyPrefix: string;
  /** The longest time for connecting, and for each call. */
  readonly timeout: Duration;
  /** Prints JSON instead of text. */
  readonly json?: boolean;
}

/** The options of every command that works on a cache. */
export interface CacheNameOptions extends ConnectionOptions {
  /** The namespace of the cache, and those inside it. */
  readonly namespace: string;
}

/** Adds the options of every command that connects to Redis. */
export function withConnectionOptions(command: Command): Command {
  return command
    .option('--key-prefix <text>', 'the keyPrefix of the module', '')
    .option('--timeout <duration>', 'the longest time for connecting and for each call', parseDuration, '5s')
    .option('--json', 'print JSON');
}

/** Adds the options of every command that works on a cache. */
export function withCacheOptions(command: Command): Command {
  return withConnectionOptions(command).option(
    '--namespace <path>',
    'the namespace of the cache, then those inside it: cache/users',
    'cache',
  );
}

/** A flag that names a count. */
export function countOption(flags: string, description: string, range: { min: number; max: number }): Option {
  return new Option(flags, description).argParser((text) => parseCount(text, range));
}

/** Parses a duration: `250ms`, `5s`, or a number of seconds. */
export function parseDuration(text: string): Duration {
  try {
    return duration(text);
  } catch {
    throw new InvalidArgumentError('It must be a duration such as 250ms, 5s or 2m.');
  }
}

function parseCount(text: string, { min, max }: { min: number; max: number }): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && count >= min && count <= max) return count;
  throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
}
