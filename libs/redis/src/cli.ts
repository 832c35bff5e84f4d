#!/usr/bin/env node
/** The program `nestjs-redis-infra`. */

import { systemClock } from './common/clock.js';
import { EXIT } from './cli/exit-codes.js';
import { run } from './cli/run.js';

const interruption = new AbortController();

/** The first signal ends the command after its batch, the second one at once. */
function interrupt(): void {
  if (interruption.signal.aborted) process.exit(EXIT.interrupted);
  interruption.abort();
}

process.on('SIGINT', interrupt);
process.on('SIGTERM', interrupt);

const { env, stdin, stdout, stderr } = process;
process.exitCode = await run(process.argv.slice(2), {
  env,
  stdin,
  stdout,
  stderr,
  signal: interruption.signal,
  clock: systemClock,
});
