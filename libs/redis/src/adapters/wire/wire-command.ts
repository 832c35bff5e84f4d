import type { RedisInfraError } from '../../common/redis-infra.error.js';
import type { Destination } from '../resilience/guards.js';
import type { NodeGuard, RetryableCommand } from '../resilience/node-guard.js';
import type { WatchedConnection } from './watched-connection.js';

export type CommandArg = string | Buffer | number;

/** One command on the wire, for one or several callers. */
export interface WireCommand extends RetryableCommand, Destination {
  readonly args: readonly CommandArg[];
  /** The name of the operation in errors. */
  readonly label: string;
  /** The number of callers. */
  readonly callers: number;
  /** At least one caller is still waiting. */
  readonly isWanted: boolean;
  /** Takes the command out of the queue for permits; undefined while it is not queued. */
  leaveQueue: (() => void) | undefined;
  /** Attempts after the first one. */
  resends: number;
  /** The guard of the node of the last attempt. */
  guard: NodeGuard | undefined;
  /** The generation of that guard when the command was written. */
  generation: number;
  /** The connection of the last attempt; undefined until it is written. */
  connection: WatchedConnection | undefined;
  /** Called right before the command is written. Marks it as sent. @returns false if no caller is waiting: it is not written then */
  beforeSend(nowMs: number): boolean;
  /** The command was not written after all. It counts as not sent until the next `beforeSend`. */
  onHeld?(): void;
  /**
   * Adapts the command to a failure that means that the server did not execute it in this form.
   * @returns true if the command changed and is to be written again immediately
   */
  rewriteFor?(failure: RedisInfraError): boolean;
  /** Resolves the callers with the reply. Strings are Buffers. */
  answer(reply: unknown): void;
  /** Rejects the callers. */
  fail(error: RedisInfraError): void;
  /**
   * The command failed, and its next attempt would be at `untilMs` (monotonic). Rejects the callers whose deadline is earlier.
   * @returns false if no caller remains, or if the attempt would undo a newer write
   */
  failExpiredBefore(untilMs: number, failure: RedisInfraError): boolean;
}
