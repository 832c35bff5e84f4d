import { join } from 'node:path';
import { checkOptions } from '../../common/options.js';
import type { Directive } from '../redis-process/directives.js';
import { guardedFolder } from '../redis-process/process-guard.js';
import { RedisProcess } from '../redis-process/redis-process.js';
import { itemsOf } from '../redis-process/reply-structure.js';
import { startOnPort } from '../redis-process/start-on-port.js';
import { until } from '../redis-process/until.js';
import { checkServerOptions, type RedisServerOptions } from './redis-server.options.js';
import { serverDirectives } from './server-directives.js';
import { serverUrl, type ClientTls } from './server-url.js';
import { TEST_CERTIFICATES } from './test-certificates.js';

/** Options of `RedisServer.urlOf`. */
export interface ServerUrlOptions {
  /** The user that signs in. @default the first of `users`, else the default user */
  readonly user?: string | undefined;
  /** The port of a proxy in front of the server. @default the server's port */
  readonly port?: number | undefined;
}

/** The state that `ROLE` reports for a replica in sync with its master. */
const IN_SYNC = 'connected';

/**
 * A real redis-server on 127.0.0.1, for tests. It never outlives this process, however the process ends, and does not
 * keep it alive.
 */
export class RedisServer extends RedisProcess {
  /** TLS options for a client; undefined without TLS. */
  readonly tls: ClientTls | undefined;
  /** The path of the unix socket; undefined without one. */
  readonly socketPath: string | undefined;

  private constructor(
    port: number,
    private readonly options: RedisServerOptions,
    own: readonly Directive[] = [],
  ) {
    const folder = guardedFolder();
    const socketPath = options.unixSocket === true ? join(folder, 'redis.sock') : undefined;
    const special = [...socketDirectives(socketPath), ...replicaDirectives(options.replicaOf), ...own];
    const directives = serverDirectives({ port, folder }, options, special);
    super({ port, folder, directives, tls: options.tls === true ? { ...TEST_CERTIFICATES } : undefined });
    this.socketPath = socketPath;
    this.tls = options.tls === true ? { ca: TEST_CERTIFICATES.ca } : undefined;
  }

  /** Starts a server and waits until it answers. A replica is also in sync with its master by then. */
  static async start(options: RedisServerOptions = {}): Promise<RedisServer> {
    checkServerOptions(options);
    const server = await RedisServer.startWith(options);
    if (options.replicaOf === undefined) return server;
    try {
      await until(`the replica on port ${server.port} is in sync`, () => server.isInSync());
      return server;
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  /** @internal Starts a server with lines of a `redis.conf` for which there is no option. */
  static startWith(options: RedisServerOptions, own?: readonly Directive[]): Promise<RedisServer> {
    return startOnPort(options.port, (port) => new RedisServer(port, options, own));
  }

  /**
   * The URL of the unix socket if there is one, else of the port, with credentials:
   * `rediss://user:password@127.0.0.1:10001`.
   */
  get url(): string {
    return this.socketPath === undefined
      ? this.urlOf()
      : serverUrl({ ...this.options, tls: false }, '', this.socketPath).replace('redis://', 'redis+unix://');
  }

  /**
   * The URL for another user, or for the port of a proxy.
   * @throws Error when the user is not among the options.
   */
  urlOf(options: ServerUrlOptions = {}): string {
    checkOptions(options, ['user', 'port'], '');
    const { user, port = this.port } = options;
    return serverUrl(this.options, '', `127.0.0.1:${port}`, user);
  }

  /** Writes a snapshot of the data. Each later `restart()` loads it. */
  async save(): Promise<void> {
    await this.command('SAVE');
  }

  /** The role that the server reports. */
  async role(): Promise<'master' | 'replica'> {
    return (await this.replication())[0] === 'master' ? 'master' : 'replica';
  }

  /** Whether the server is a replica in sync with its master, and with `master` if one is given. */
  async isInSync(master?: { readonly port: number }): Promise<boolean> {
    const [role, , port, state] = await this.replication();
    return role === 'slave' && state === IN_SYNC && (master === undefined || port === master.port);
  }

  private async replication(): Promise<readonly unknown[]> {
    return itemsOf(await this.query('ROLE'));
  }
}

function socketDirectives(path: string | undefined): readonly Directive[] {
  return path === undefined ? [] : [['unixsocket', path]];
}

function replicaDirectives(master: { readonly port: number } | undefined): readonly Directive[] {
  return master === undefined ? [] : [['replicaof', '127.0.0.1', String(master.port)]];
}
