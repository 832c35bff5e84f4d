import type { Redis } from 'ioredis';
import { HandshakeFailure } from '../../connection/client/handshake-failure.js';
import { disconnected, notConnected, toRedisInfraError } from '../../errors/error-mapping.js';
import { hangUp } from '../../exclusive/exclusive-client.js';

/** The operation in errors. */
const LABEL = 'SUBSCRIBE';

export interface SubscriberParts {
  /** Creates the client, not connected yet. */
  readonly create: () => Redis | Promise<Redis>;
  readonly channel: string;
  readonly onMessage: (message: string) => void;
  /** The connection was lost. Messages may be lost from now on. */
  readonly onLost: () => void;
}

/** One connection that is subscribed to one channel. It does not keep the process alive. */
export class SettledSubscriber {
  /** A private field, because the options of the client contain the password. */
  #client: Redis | undefined = undefined;
  private isClosed = false;

  constructor(private readonly parts: SubscriberParts) {}

  /**
   * Resolves when messages are received from now on.
   * @throws RedisInfraError CONNECTION_FAILED; COMMAND_FAILED if the user may not subscribe; CLOSED
   */
  async open(): Promise<void> {
    const { create, channel, onMessage, onLost } = this.parts;
    const client = await create();
    this.#client = client;
    const failure = new HandshakeFailure();
    client.on('error', (error: unknown) => failure.note(error));
    client.once('connect', () => client.stream.unref());
    client.on('message', (_channel: string, message: string) => onMessage(message));
    try {
      if (this.isClosed) throw disconnected(LABEL);
      await client.connect();
    } catch (error) {
      this.close();
      throw notConnected(failure.error ?? error, LABEL);
    }
    try {
      await client.subscribe(channel);
      if (client.status !== 'ready') throw notConnected(failure.error, LABEL);
      client.once('close', () => {
        if (!this.isClosed) onLost();
      });
    } catch (error) {
      this.close();
      throw toRedisInfraError(error, LABEL);
    }
  }

  /** Closes the connection. Messages and its loss are no longer reported. */
  close(): void {
    this.isClosed = true;
    if (this.#client !== undefined) hangUp(this.#client, 0);
  }
}
