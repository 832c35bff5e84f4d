import { join } from 'node:path';
import { checkOptions } from '../../common/options.js';
import type { Directive } from '../redis-process/directives.js';
import { guardedFolder } from '../redis-process/process-guard.js';
import { RedisProcess } from '../redis-process/redis-process.js';
import { startOnPort } from '../redis-process/start-on-port.js';
import { until } from '../redis-process/until.js';
import { checkServerOptions, type RedisServerOptions } from './redis-server.options.js';
import { serverDirectives } from './server-directives.js';
import { serverUrl, type ClientTls } from './server-url.js';
import { TEST_CERTIFICATES } from './test-certificates.js';

/** Options of `RedisServer.urlOf`. */
export interface ServerUrlOptions {
  /** Who signs in. @default the first of `users`, else the default user */
  readonly user?: string | undefined;
  /** The port of a proxy in front of the server. @default the server's */
  readonly port?: number | undefined;
}

/** What a replica is while it follows its master. */
const IN_SYNC = 'connected';

/**
 * A real redis-server of this process, for tests, on 127.0.0.1. It ends with the process at the latest, however that ends, and does
 * not keep it from ending.
 */
export class RedisServer extends RedisProcess {
  /** For a client: undefined without TLS. */
  readonly tls: ClientTls | undefined;
  /** Where its unix socket is; undefined without. */
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

  /** Starts one and waits until it answers; a replica, until it is in sync with its master. */
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

  /** @internal Starts one with lines of a `redis.conf` for which there is no option. */
  static startWith(options: RedisServerOptions, own?: readonly Directive[]): Promise<RedisServer> {
    return startOnPort(options.port, (port) => new RedisServer(port, options, own));
  }

  /** Leads to the unix socket if there is one, else to the port, and signs in: `rediss://user:password@127.0.0.1:10001`. */
  get url(): string {
    return this.socketPath === undefined
      ? this.urlOf()
      : serverUrl({ ...this.options, tls: false }, '', this.socketPath).replace('redis://', 'redis+unix://');
  }

  /**
   * The url of the port for another user, or by another way.
   * @throws Error for a user that is not among the options.
   */
  urlOf(options: ServerUrlOptions = {}): string {
    checkOptions(options, ['user', 'port'], '');
    const { user, port = this.port } = options;
    return serverUrl(this.options, '', `127.0.0.1:${port}`, user);
  }

  /** Writes a snapshot of its data, which it reads at each `restart()` from then on. */
  async save(): Promise<void> {
    await this.command('SAVE');
  }

  /** What it takes itself for. */
  async role(): Promise<'master' | 'replica'> {
    return (await this.replication())[0] === 'master' ? 'master' : 'replica';
  }

  /** Whether it is a replica that has its master's data and follows it; and it is that master, where one is named. */
  async isInSync(master?: { readonly port: number }): Promise<boolean> {
    const [role, , port, state] = await this.replication();
    return role === 'slave' && state === IN_SYNC && (master === undefined || port === master.port);
  }

  private async replication(): Promise<readonly unknown[]> {
    return (await this.command('ROLE')) as readonly unknown[];
  }
}

function socketDirectives(path: string | undefined): readonly Directive[] {
  return path === undefined ? [] : [['unixsocket', path]];
}

function replicaDirectives(master: { readonly port: number } | undefined): readonly Directive[] {
  return master === undefined ? [] : [['replicaof', '127.0.0.1', String(master.port)]];
}
