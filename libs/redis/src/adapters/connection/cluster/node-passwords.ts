import type { Redis } from 'ioredis';
import type { RedisConfig } from '../../../config/redis.config.js';
import { inTime } from '../client/client.factory.js';

/**
 * A password that rotates, for every connection of a cluster: those to the nodes, and the short ones on which ioredis asks who owns
 * which slots, copies of them. Each asks anew before it connects; those that do so at the same time ask once.
 */
export class NodePasswords {
  private current: string | undefined;
  private asking: Promise<string | undefined> | undefined;

  constructor(private readonly config: RedisConfig) {}

  /** @throws RedisInfraError CONNECTION_FAILED, OPTION_INVALID: what the function that gives it fails with. */
  refresh(): Promise<string | undefined> {
    this.asking ??= inTime(this.config.resolvePassword(), this.config.connectTimeoutMs)
      .then((password) => (this.current = password))
      .finally(() => (this.asking = undefined));
    return this.asking;
  }

  /** Makes a connection that is not open yet ask before each of its attempts. What is sent meanwhile waits for the answer. */
  giveTo(node: Redis): void {
    const connect = node.connect.bind(node);
    const send = node.sendCommand.bind(node);
    /** Settles once the attempt has begun, not once it ended. */
    let beginning: Promise<{ readonly connected: Promise<void> }> | undefined;
    const begin = async (): Promise<{ readonly connected: Promise<void> }> => {
      node.options.password = await this.refresh();
      // Whoever was given up meanwhile must not open a connection that nobody closes.
      return { connected: node.status === 'end' ? Promise.reject(new Error('Connection is closed.')) : connect() };
    };
    const beginOnce = (): Promise<{ readonly connected: Promise<void> }> =>
      (beginning ??= begin().finally(() => (beginning = undefined)));
    node.options.password = this.current;
    node.connect = () => beginOnce().then(({ connected }) => connected);
    node.sendCommand = (command, stream) => {
      if (node.status !== 'wait') return send(command, stream);
      // ioredis takes it for granted that connecting begins at once, and fails where it does not.
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
