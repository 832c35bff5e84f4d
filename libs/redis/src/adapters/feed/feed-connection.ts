import type { Redis } from 'ioredis';
import { onSocket } from '../ioredis-seams/connector.js';
import { whenSelected } from '../ioredis-seams/handshake-commands.js';
import { readRunId } from './run-id.js';

/** The channel on which a server without RESP3 reports changed keys. */
const CHANNEL = '__redis__:invalidate';

export interface FeedConnectionParts {
  /** Keys that begin with one of these are reported. */
  readonly prefixes: readonly string[];
  /** Called with the keys that changed; null means any key. */
  readonly onKeys: (keys: readonly string[] | null) => void;
  /** Called once, when the connection is closed by either side. */
  readonly onClosed: () => void;
}

/**
 * A connection on which the server reports changed keys. It redirects the tracking to itself, so tracking and
 * subscription end together, with the socket.
 * @see https://redis.io/docs/latest/develop/reference/client-side-caching/
 */
export class FeedConnection {
  /** The identity of the server process; undefined if the server does not report it. */
  runId: string | undefined;
  /** A private field, because the options of a client contain the password. */
  readonly #redis: Redis;
  private isClosed = false;

  constructor(
    redis: Redis,
    private readonly parts: FeedConnectionParts,
  ) {
    this.#redis = redis;
    // The feed must not keep the process alive.
    onSocket(redis, (socket) => socket.unref());
    // ioredis prints errors that have no listener. The connections of callers report the state of the server.
    redis.on('error', () => {});
    redis.on('close', () => this.close());
    redis.on('messageBuffer', (_channel: Buffer, keys: unknown) => parts.onKeys(keysIn(keys)));
  }

  /** Connects. @throws the error of ioredis */
  async connect(): Promise<void> {
    await this.#redis.connect();
    await whenSelected(this.#redis);
    this.runId = await readRunId(this.#redis);
  }

  /**
   * Starts the reports. Changes after it resolved are reported.
   * @throws the error reply of a server that does not permit it
   */
  async track(): Promise<void> {
    const redis = this.#redis;
    const id = String(await redis.call('CLIENT', 'ID'));
    const prefixes = this.parts.prefixes.flatMap((prefix) => ['PREFIX', prefix]);
    await redis.call('CLIENT', 'TRACKING', 'ON', 'REDIRECT', id, 'BCAST', ...prefixes);
    await redis.subscribe(CHANNEL);
  }

  /** Resolves after the reports of all earlier changes. @throws the error of ioredis */
  async ping(): Promise<void> {
    await this.#redis.ping();
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.#redis.disconnect();
    this.#redis.stream?.destroy();
    this.parts.onClosed();
  }
}

/** Anything but a list of keys means any key: null after FLUSHALL, and a message that another client published. */
function keysIn(message: unknown): readonly string[] | null {
  return Array.isArray(message) ? message.map(String) : null;
}
