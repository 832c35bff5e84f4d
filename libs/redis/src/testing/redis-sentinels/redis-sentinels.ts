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

/** The time to wait for a state of the group, such as a new master. */
const WITHIN_MS = 20_000;

/**
 * A real master with its replicas and Sentinels for tests, all on 127.0.0.1. The processes never outlive this one.
 * Servers and Sentinels can also be killed, frozen and restarted individually.
 */
export class RedisSentinels {
  private constructor(
    private readonly options: ResolvedSentinelsOptions,
    /** The data servers. The first one is the initial master. */
    readonly servers: readonly RedisServer[],
    /** The sentinel processes. */
    readonly sentinels: readonly SentinelProcess[],
  ) {}

  /**
   * Starts all processes and waits until the replicas are in sync and every Sentinel knows all servers and Sentinels.
   */
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
   * The URL with all Sentinels, the master's name and the servers' credentials:
   * `redis+sentinel://127.0.0.1:10001,127.0.0.1:10002/main`.
   */
  get url(): string {
    const hosts = this.sentinels.map(({ port }) => `127.0.0.1:${port}`).join(',');
    return serverUrl(this.options, 'sentinel', `${hosts}/${this.name}`);
  }

  /** The name under which the Sentinels monitor the master. */
  get name(): string {
    return this.options.name;
  }

  /** TLS options for a client, for servers and Sentinels; undefined without TLS. */
  get tls(): ClientTls | undefined {
    return this.options.tls === true ? { ca: TEST_CERTIFICATES.ca } : undefined;
  }

  /** The server that all running Sentinels report as the master, running or not. Waits until they agree. */
  master(): Promise<RedisServer> {
    return until('the Sentinels agree on the master', () => this.agreedMaster(), { withinMs: WITHIN_MS });
  }

  /** The running servers that report to be replicas now. */
  async replicas(): Promise<readonly RedisServer[]> {
    const running = this.servers.filter(({ state }) => state === 'running');
    const roles = await Promise.all(running.map((server) => server.role()));
    return running.filter((_, i) => roles[i] === 'replica');
  }

  /**
   * Promotes a replica while the servers run, as an administrator does. A failover that Redis aborts is started again.
   * @returns the new master, once all running Sentinels agree on it
   * @throws Error when that takes more than 20 s. Its cause describes the progress.
   */
  async failover(): Promise<RedisServer> {
    const before = await this.master();
    return new RequestedFailover(before.port, {
      sentinel: () => this.runningSentinels()[0],
      newMaster: () => this.promotedMaster(before),
      withinMs: WITHIN_MS,
    }).done();
  }

  /** Kills the master. @returns the killed server; start it again with `restart()` */
  async killMaster(): Promise<RedisServer> {
    const master = await this.master();
    await master.kill();
    return master;
  }

  /** Freezes the master. @returns the frozen server; resume it with `thaw()` */
  async freezeMaster(): Promise<RedisServer> {
    const master = await this.master();
    master.freeze();
    return master;
  }

  /**
   * Waits until all running Sentinels report a master other than `before`, and that server reports to be the master.
   */
  nextMaster(before: RedisServer): Promise<RedisServer> {
    const what = `a server other than the one on port ${before.port} is the master`;
    return until(what, () => this.promotedMaster(before), { withinMs: WITHIN_MS });
  }

  /** Waits until the running Sentinels agree and the other running servers are in sync with the master. */
  async settled(): Promise<void> {
    await until('servers and Sentinels are settled', () => this.isSettled(), { withinMs: WITHIN_MS });
  }

  /** Stops all processes permanently. */
  stop(): Promise<void> {
    return stopTogether([...this.sentinels, ...this.servers]);
  }

  private runningSentinels(): readonly SentinelProcess[] {
    return this.sentinels.filter(({ state }) => state === 'running');
  }

  private async agreedMaster(): Promise<RedisServer | undefined> {
    const ports = await Promise.all(this.runningSentinels().map((sentinel) => sentinel.masterPort()));
    return new Set(ports).size === 1 ? this.servers.find(({ port }) => port === ports[0]) : undefined;
  }

  private async promotedMaster(before: RedisServer): Promise<RedisServer | undefined> {
    const now = await this.agreedMaster();
    return now !== undefined && now !== before && (await now.role()) === 'master' ? now : undefined;
  }

  private async isSettled(): Promise<boolean> {
    const master = await this.agreedMaster();
    if (master?.state !== 'running' || (await master.role()) !== 'master') return false;
    const followers = this.servers.filter((server) => server !== master && server.state === 'running');
    const inSync = await Promise.all(followers.map((server) => server.isInSync(master)));
    if (inSync.includes(false)) return false;
    const complete = await Promise.all(this.runningSentinels().map((sentinel) => this.knowsAll(sentinel, followers)));
    return !complete.includes(false);
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
