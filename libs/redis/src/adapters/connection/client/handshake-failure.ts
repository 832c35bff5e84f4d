import { RedisInfraError } from '../../../common/redis-infra.error.js';
import { handshakeError } from '../../errors/handshake-error.js';

/**
 * Why an attempt to connect failed. ioredis emits several errors for one cause: after a refused command, that the stream is not
 * writeable, that the connection was closed. The most telling one is kept, the first of its kind.
 */
export class HandshakeFailure {
  private found: unknown;
  private rank = 0;
  private lasting: RedisInfraError | undefined;

  /** What is known so far: mapped where the server answered, else as it is; undefined where nothing failed. */
  get error(): unknown {
    return this.found;
  }

  /** The server answered, and no waiting mends it. */
  get refusal(): RedisInfraError | undefined {
    return this.lasting;
  }

  /** Another attempt begins. */
  reset(): void {
    this.found = undefined;
    this.rank = 0;
    this.lasting = undefined;
  }

  note(error: unknown): void {
    const mapped = handshakeError(error);
    const found = mapped ?? error;
    const rank = rankOf(found);
    if (rank <= this.rank) return;
    this.found = found;
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
