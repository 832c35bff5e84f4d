import type { CliIo } from '../cli-io.js';
import type { ExitCode } from '../exit-codes.js';

/** What a command does. */
export type Action = (io: CliIo) => Promise<ExitCode>;

/** Runs the action of a command. Its code is loaded by then, and not earlier: `--help` stays fast. */
export type Finish = (action: Action) => Promise<void>;
