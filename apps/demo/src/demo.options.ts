import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError, Option } from 'commander';

/** The options from the command line and the environment. */
export interface DemoOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Fastify instead of Express. */
  readonly fastify: boolean;
  /** Three shards on this machine instead of one Redis. */
  readonly shards: boolean;
  /** The folder of the database, which is kept between runs. */
  readonly data: string;
}

const DEFAULT_DATA = fileURLToPath(new URL('../../../.data/places', import.meta.url));

/** Reads the options. Like commander, it ends the process on `--help` and on an invalid option. */
export function parseDemoOptions(argv: readonly string[]): DemoOptions {
  return new Command('npm start --')
    .description(
      'A Nest application about cities, with a cache in front of slow queries and rate limits on one of them. REDIS_URL=redis://… keeps both in Redis; DEMO_SECRET=… seals the searches with a secret that several runs can share.',
    )
    .addOption(
      new Option('-p, --port <number>', 'port to listen on; 0 takes a free one')
        .env('PORT')
        .default(3000)
        .argParser(parsePort),
    )
    .addOption(new Option('--host <address>', 'address to listen on').env('HOST').default('127.0.0.1'))
    .addOption(new Option('--fastify', 'run on Fastify instead of Express').default(false))
    .addOption(new Option('--shards', 'keep the cache on three servers of this machine').default(false))
    .addOption(
      new Option('--data <folder>', 'folder of the database').env('DEMO_DATA').default(DEFAULT_DATA, '.data/places'),
    )
    .allowExcessArguments(false)
    .parse(argv)
    .opts<DemoOptions>();
}

function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw new InvalidArgumentError('It must be a whole number from 0 to 65535.');
}
