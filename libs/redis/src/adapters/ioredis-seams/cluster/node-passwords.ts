/**
 * Seam: `connect`, `sendCommand` and the option `password` of the nodes of a cluster and of their copies.
 * Why: ioredis accepts no function as a password. It also expects that `connect` starts synchronously: a command that
 * arrives before that fails, so commands wait here until the password is known.
 * Upstream: ioredis `lib/Redis.ts` (`connect`, `sendCommand`).
 */
import type { Redis } from 'ioredis';
import type { RedisConfig } from '../../../config/redis.config.js';
import { withinTimeout } from '../password-refresh.js';

/** An attempt to connect that has begun. `connected` settles when it ends. */
interface BegunAttempt {
  readonly connected: Promise<void>;
}

/**
 * The rotating password of all connections of a cluster: those to the nodes, and the short copies on which ioredis
 * reads the slots. Each connection reads the password before it connects; connections that do so at the same time share
 * one call of the function.
 */
export class NodePasswords {
  #current: string | undefined;
  #pending: Promise<string | undefined> | undefined;

  constructor(private readonly config: RedisConfig) {}

  /**
   * @throws RedisInfraError CONNECTION_FAILED or OPTION_INVALID when the password function fails or returns no password
   */
  refresh(): Promise<string | undefined> {
    this.#pending ??= withinTimeout(this.config.resolvePassword(), this.config.connectTimeoutMs)
      .then((password) => (this.#current = password))
      .finally(() => (this.#pending = undefined));
    return this.#pending;
  }

  /** Makes a connection that is not open yet read the password before each of its attempts. Commands wait for it. */
  attachTo(node: Redis): void {
    const connect = node.connect.bind(node);
    const send = node.sendCommand.bind(node);
    /** Settles when the attempt has begun, not when it ends. */
    let beginning: Promise<BegunAttempt> | undefined;
    const begin = async (): Promise<BegunAttempt> => {
      node.options.password = await this.refresh();
      // A node that was closed meanwhile must not open a connection, because nothing would close it.
      return { connected: node.status === 'end' ? Promise.reject(new Error('Connection is closed.')) : connect() };
    };
    const beginOnce = (): Promise<BegunAttempt> => (beginning ??= begin().finally(() => (beginning = undefined)));
    node.options.password = this.#current;
    node.connect = () => beginOnce().then(({ connected }) => connected);
    node.sendCommand = (command, stream) => {
      if (node.status !== 'wait') return send(command, stream);
      beginOnce().then(
        ({ connected }) => {
          connected.catch(() => {});
          send(command, stream);
        },
        (error: Error) => command.reject(error),
      );
      return command.promise;
    };
  }
}
