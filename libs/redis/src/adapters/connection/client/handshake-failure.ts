import { RedisInfraError } from '../../../common/redis-infra.error.js';
import { handshakeError } from '../../errors/handshake-error.js';

/**
 * The reason why an attempt to connect failed. ioredis emits several errors for one cause, for example that the stream
 * is not writeable and that the connection was closed after a refused command. The most specific error is kept, the
 * first one of equals.
 */
export class HandshakeFailure {
  private current: unknown;
  private rank = 0;
  private lasting: RedisInfraError | undefined;

  /** The most specific error so far, mapped where the server answered; undefined when nothing failed. */
  get error(): unknown {
    return this.current;
  }

  /** The error reply of the server when a retry cannot succeed; undefined otherwise. */
  get refusal(): RedisInfraError | undefined {
    return this.lasting;
  }

  /** Call it when the next attempt begins. */
  reset(): void {
    this.current = undefined;
    this.rank = 0;
    this.lasting = undefined;
  }

  note(error: unknown): void {
    const mapped = handshakeError(error);
    const specific = mapped ?? error;
    const rank = rankOf(specific);
    if (rank <= this.rank) return;
    this.current = specific;
    this.rank = rank;
    this.lasting = mapped?.retryable === false ? mapped : undefined;
  }
}

function rankOf(error: unknown): number {
  if (error instanceof RedisInfraError) {
    if (error.context.reply !== undefined || !error.retryable) return 5;
    return error.context.step === undefined ? 3 : 4;
  }
  return error instanceof Error && 'code' in error ? 2 : 1;
}
