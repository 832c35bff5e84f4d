import type { Clock } from '../../common/clock.js';
import type { RedisInfraError } from '../../common/redis-infra.error.js';
import { nodeFailure, notConnected } from '../errors/error-mapping.js';
import { lastErrorNow, type LastError } from '../resilience/last-error.js';
import { HandshakeFailure } from './client/handshake-failure.js';

/** The reason why a link has no connection, from the errors of its attempts. */
export class ConnectionFailures {
  /** The latest error of an attempt or of a connection. It remains when a later attempt succeeds. */
  lastError: LastError | undefined;
  /** A private field, because the errors of ioredis contain the arguments of their command, AUTH included. */
  #latest: unknown;
  private readonly handshake = new HandshakeFailure();

  constructor(private readonly clock: Clock) {}

  /** The server refused the current attempt for a reason that only a change of the configuration removes. */
  get isLasting(): boolean {
    return this.handshake.refusal !== undefined;
  }

  /** The error for a link without a connection, or for a command that cannot be sent. */
  error(command?: string): RedisInfraError {
    return notConnected(this.#latest, command);
  }

  /** The next attempt begins. Until it fails, the reason of the previous one stays. */
  attemptBegins(): void {
    this.handshake.reset();
  }

  /** An error of the current attempt or connection. The most specific one of an attempt is kept. */
  record(error: unknown): void {
    this.handshake.note(nodeFailure(error, this.#latest));
    this.#latest = this.handshake.error;
    this.lastError = lastErrorNow(this.error(), this.clock);
  }

  /** An error that explains why the current attempt will fail. */
  recordCause(error: unknown): void {
    this.#latest = error;
  }

  /** The link is connected. */
  clear(): void {
    this.handshake.reset();
    this.#latest = undefined;
  }
}
