import type { RedisInfraError } from '../../common/redis-infra.error.js';
import type { Destination } from '../resilience/guards.js';
import type { NodeGuard, RetryableCommand } from '../resilience/node-guard.js';
import type { WatchedConnection } from './watched-connection.js';

export type CommandArg = string | Buffer | number;

/** One command on the wire, whoever waits for its answer. */
export interface WireCommand extends RetryableCommand, Destination {
  readonly args: readonly CommandArg[];
  /** What the caller did, for errors. */
  readonly label: string;
  /** How many callers' commands it stands for. */
  readonly callers: number;
  /** A caller still waits for it. */
  readonly isWanted: boolean;
  /** Takes it out of the queue for permits; undefined while it is not in there. */
  leaveQueue: (() => void) | undefined;
  resends: number;
  /** What stands before the node that it was written to last, and its generation then. */
  guard: NodeGuard | undefined;
  generation: number;
  /** The connection it was written to last; undefined until it is. */
  connection: WatchedConnection | undefined;
  /** Asked when it is about to be written: whether anybody still waits for it. From then on it counts as sent. */
  beforeSend(nowMs: number): boolean;
  /** It was not written after all, and counts as not sent, until it departs again. */
  onHeld?(): void;
  /** The server refused it in a form that it has changed now: it is written again at once. It was not executed. */
  isMended?(failure: RedisInfraError): boolean;
  /** What the server replied; strings come as Buffers. */
  answer(reply: unknown): void;
  fail(error: RedisInfraError): void;
  /**
   * It failed so, and would be sent again at that (monotonic) moment. Those of its callers whose deadline comes first fail now; false if
   * nobody is left, or if it would undo what was done since.
   */
  failExpiredBefore(untilMs: number, failure: RedisInfraError): boolean;
}
