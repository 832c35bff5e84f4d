import { RedisInfraError } from '../../common/redis-infra.error.js';
import { isRedirection, isReply, notConnected, toRedisInfraError } from '../errors/error-mapping.js';
import type { NodeGuard } from '../resilience/node-guard.js';
import type { WatchedConnection } from './watched-connection.js';

/**
 * One sending of a command. It is immutable: when ioredis writes the command, or writes it again after a redirection, a
 * copy with the new connection replaces it. The result of the attempt counts for the circuits of its guard.
 */
export class Attempt {
  readonly phase = 'sent';

  private constructor(
    /** The guard of the node that the command was sent to. */
    private readonly guard: NodeGuard,
    /** The generation of that guard at that time. */
    private readonly generation: number,
    /** The connection that the command was written to last; undefined if it was not written yet. */
    private readonly connection: WatchedConnection | undefined,
    /** When the command was written, on the monotonic clock; Infinity while it is not on the wire. */
    private readonly sentMs: number,
  ) {}

  /** The command is passed to ioredis and not written yet. */
  static to(guard: NodeGuard): Attempt {
    return new Attempt(guard, guard.generation, undefined, Infinity);
  }

  /**
   * The command is written to a connection. After a redirection it is another node's, and the result is no evidence
   * about the first node.
   * @param guard the guard of the node of the connection
   */
  writtenTo(connection: WatchedConnection, guard: NodeGuard, nowMs: number): Attempt {
    const generation = guard === this.guard ? this.generation : guard.generation;
    return new Attempt(guard, generation, connection, nowMs);
  }

  /** The command waits for a connection to its node. No earlier node of a redirection has executed it. */
  held(): Attempt {
    return new Attempt(this.guard, this.generation, this.connection, Infinity);
  }

  /** The server may have executed the command. */
  get isOnWire(): boolean {
    return this.sentMs < Infinity;
  }

  /** The node executed the command. */
  onAnswered(nowMs: number): void {
    this.connection?.onReply(nowMs);
    this.guard.answered(this.generation, nowMs);
  }

  /**
   * The node replied with an error, or the command cannot be written, or the connection closed before the reply.
   * @param whole the guard of the whole store. It guards commands without a known node, whose failure to connect is no
   * evidence about a node
   * @returns the error for the callers
   */
  onFailed(error: unknown, label: string, whole: NodeGuard, nowMs: number): RedisInfraError {
    const { connection, guard, generation } = this;
    const failure = connection === undefined ? notConnected(error, label) : toRedisInfraError(error, label);
    if (isReply(error) || isRedirection(failure)) {
      connection?.onReply(nowMs);
      if (failure.code === 'READ_ONLY') connection?.onReadOnly?.();
      guard.replied(generation, failure, nowMs);
    } else if (connection === undefined) {
      // One node of a cluster is unreachable while the link is up. A command of an earlier generation (before a circuit
      // changed or the store was disconnected) is no evidence about the node now.
      const isEvidence = failure.code === 'CONNECTION_FAILED' && guard !== whole && generation === guard.generation;
      if (isEvidence) guard.unreachable(failure);
    } else if (failure.outcome === 'unknown' && connection.onClose()) {
      guard.unanswered(generation, failure, nowMs);
    }
    return failure;
  }

  /** A caller had no reply within its deadline. @returns true if that counts against the server */
  onDeadline(label: string, nowMs: number): boolean {
    if (!this.isOnWire || this.connection?.onDeadline(this.sentMs, nowMs) !== true) return false;
    const message = `${label} had no reply within its deadline`;
    const error = new RedisInfraError('DEADLINE_EXCEEDED', message, { outcome: 'unknown' });
    this.guard.unanswered(this.generation, error, nowMs);
    return true;
  }
}
