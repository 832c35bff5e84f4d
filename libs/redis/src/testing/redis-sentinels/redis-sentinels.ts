import { startTogether, stopTogether } from '../redis-process/start-together.js';
import { until } from '../redis-process/until.js';
import type { RedisServerSettings } from '../redis-server/redis-server.options.js';
import { RedisServer } from '../redis-server/redis-server.js';
import { serverUrl, type ClientTls } from '../redis-server/server-url.js';
import { TEST_CERTIFICATES } from '../redis-server/test-certificates.js';
import {
  resolveSentinelsOptions,
  type RedisSentinelsOptions,
  type ResolvedSentinelsOptions,
} from './redis-sentinels.options.js';
import { RequestedFailover } from './requested-failover.js';
import { SentinelProcess } from './sentinel.process.js';

const WITHIN_MS = 20_000;

/**
 * A real master with its replicas and the Sentinels that watch over them, for tests, all on 127.0.0.1. They end with the process at
 * the latest. Servers and Sentinels may be killed, frozen and restarted one by one, too.
 */
export class RedisSentinels {
  private constructor(
    private readonly options: ResolvedSentinelsOptions,
    /** The data servers; the first was the first master. */
    readonly servers: readonly RedisServer[],
    /** The sentinel processes. */
    readonly sentinels: readonly SentinelProcess[],
  ) {}

  /** Starts them all and waits until the replicas are in sync and every Sentinel knows the servers and the other Sentinels. */
  static async start(options: RedisSentinelsOptions = {}): Promise<RedisSentinels> {
    const resolved = resolveSentinelsOptions(options);
    const settings: RedisServerSettings = {
      tls: options.tls,
      requirepass: options.requirepass,
      users: options.users,
      config: options.config,
    };
    const master = await RedisServer.start(settings);
    let group = new RedisSentinels(resolved, [master], []);
    try {
      const replicas = repeat(resolved.replicas, () => RedisServer.start({ ...settings, replicaOf: master }));
      group = new RedisSentinels(resolved, [master, ...(await startTogether(replicas))], []);
      const sentinels = repeat(resolved.sentinels, () => SentinelProcess.start(master.port, resolved));
      group = new RedisSentinels(resolved, group.servers, await startTogether(sentinels));
      await group.settled();
      return group;
    } catch (error) {
      await group.stop();
      throw error;
    }
  }

  /**
   * Names all Sentinels and the master, with credentials for the servers: `redis+sentinel://127.0.0.1:10001,127.0.0.1:10002/main`.
   */
  get url(): string {
    const hosts = this.sentinels.map(({ port }) => `127.0.0.1:${port}`).join(',');
    return serverUrl(this.options, 'sentinel', `${hosts}/${this.name}`);
  }

  /** What the Sentinels call the master. */
  get name(): string {
    return this.options.name;
  }

  /** For a client, of servers and Sentinels: undefined without TLS. */
  get tls(): ClientTls | undefined {
    return this.options.tls === true ? { ca: TEST_CERTIFICATES.ca } : undefined;
  }

  /** The server that all running Sentinels name as the master, be it up or not; waits until they agree. */
  master(): Promise<RedisServer> {
    return until('the Sentinels name the same master', () => this.named(), { withinMs: WITHIN_MS });
  }

  /** The running servers that take themselves for replicas now. */
  async replicas(): Promise<readonly RedisServer[]> {
    const running = this.servers.filter(({ state }) => state === 'running');
    const roles = await Promise.all(running.map((server) => server.role()));
    return running.filter((_, at) => roles[at] === 'replica');
  }

  /**
   * Makes a replica the master, as an administrator does, with the servers up. What Redis gives up is begun again.
   * @returns the new master, once all running Sentinels agree on it
   * @throws Error where that takes more than 20 s; its cause says how far it came.
   */
  async failover(): Promise<RedisServer> {
    const before = await this.master();
    return new RequestedFailover(before.port, {
      sentinel: () => this.runningSentinels()[0],
      takenOver: () => this.takenOver(before),
      withinMs: WITHIN_MS,
    }).done();
  }

  /** Kills the master. @returns the server that it was; `restart()` brings it back */
  async killMaster(): Promise<RedisServer> {
    const master = await this.master();
    await master.kill();
    return master;
  }

  /** Freezes the master. @returns the server that it was; `thaw()` lets it go on */
  async freezeMaster(): Promise<RedisServer> {
    const master = await this.master();
    master.freeze();
    return master;
  }

  /** Waits until all running Sentinels name another master than that, and it takes itself for the master. */
  nextMaster(before: RedisServer): Promise<RedisServer> {
    const what = `another server than the one on port ${before.port} is the master`;
    return until(what, () => this.takenOver(before), { withinMs: WITHIN_MS });
  }

  /** Waits until all is in order for whatever runs: the Sentinels agree, and the other servers follow the master in sync. */
  async settled(): Promise<void> {
    await until('servers and Sentinels are settled', () => this.isSettled(), { withinMs: WITHIN_MS });
  }

  /** Ends them all for good. */
  stop(): Promise<void> {
    return stopTogether([...this.sentinels, ...this.servers]);
  }

  private runningSentinels(): readonly SentinelProcess[] {
    return this.sentinels.filter(({ state }) => state === 'running');
  }

  private async named(): Promise<RedisServer | undefined> {
    const ports = await Promise.all(this.runningSentinels().map((sentinel) => sentinel.masterPort()));
    return new Set(ports).size === 1 ? this.servers.find(({ port }) => port === ports[0]) : undefined;
  }

  private async takenOver(before: RedisServer): Promise<RedisServer | undefined> {
    const now = await this.named();
    return now !== undefined && now !== before && (await now.role()) === 'master' ? now : undefined;
  }

  private async isSettled(): Promise<boolean> {
    const master = await this.named();
    if (master?.state !== 'running' || (await master.role()) !== 'master') return false;
    const followers = this.servers.filter((server) => server !== master && server.state === 'running');
    const inSync = await Promise.all(followers.map((server) => server.isInSync(master)));
    if (inSync.includes(false)) return false;
    const content = await Promise.all(this.runningSentinels().map((sentinel) => this.knowsAll(sentinel, followers)));
    return !content.includes(false);
  }

  private async knowsAll(sentinel: SentinelProcess, followers: readonly RedisServer[]): Promise<boolean> {
    const master = await sentinel.master();
    if (master.flags !== 'master' || Number(master['num-other-sentinels']) !== this.sentinels.length - 1) return false;
    const replicas = await sentinel.replicas();
    return followers.every(({ port }) =>
      replicas.some((known) => Number(known.port) === port && known.flags === 'slave'),
    );
  }
}

function repeat<T>(times: number, make: () => T): readonly T[] {
  return Array.from({ length: times }, make);
}
