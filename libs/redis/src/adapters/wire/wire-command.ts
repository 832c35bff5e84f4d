import type { Destination } from '../resilience/guards.js';
import type { NamedCommand } from '../resilience/permit-queue.js';

export type CommandArg = string | Buffer | number;

/** When a command may be sent again, if its kind and its failure allow it. */
export type Resend = 'always' | 'while-newest' | 'never';

/** One command of the Redis protocol, with what decides where and how often it is sent. It never changes. */
export interface WireCommand extends NamedCommand, Destination {
  readonly args: readonly CommandArg[];
  /** The keys that the command changes. Empty if it changes none, and for keys found by a scan. */
  readonly keys: readonly string[];
  /** `while-newest`: only while no later write of one of its keys has been made, because it would undo that write. */
  readonly resend: Resend;
  /** The text of the script if the command names it by its SHA1, for the reply NOSCRIPT. */
  readonly scriptText: string | undefined;
}
