import { optionInvalid } from '../../common/options.js';
import { directivesOf } from '../redis-process/directives.js';
import { fieldsOf } from '../redis-process/reply-fields.js';
import { startTogether, stopTogether } from '../redis-process/start-together.js';
import { until } from '../redis-process/until.js';
import { RedisServer } from '../redis-server/redis-server.js';
import { serverUrl, type ClientTls } from '../redis-server/server-url.js';
import { TEST_CERTIFICATES } from '../redis-server/test-certificates.js';
import { ownersIn, selfIn, sharesIn, SLOTS, viewOf, type SeenNode } from './cluster-view.js';
import { formCluster } from './form-cluster.js';
import {
  resolveClusterOptions,
  type RedisClusterOptions,
  type ResolvedClusterOptions,
} from './redis-cluster.options.js';
import { SlotMigration } from './slot-migration.js';

const WITHIN_MS = 20_000;

/**
 * A real Redis Cluster, for tests, all nodes on 127.0.0.1. They end with the process at the latest, and may be killed, frozen and
 * restarted one by one, too. Where a method takes a slot or a key, a number is a slot and a string is a key.
 */
export class RedisCluster {
  private constructor(
    private readonly options: ResolvedClusterOptions,
    /** All of them; the first ones were the first masters, in the order of their slots. */
    readonly nodes: readonly RedisServer[],
  ) {}

  /** Starts them all and waits until every node finds the cluster in order and the replicas are in sync. */
  static async start(options: RedisClusterOptions = {}): Promise<RedisCluster> {
    const resolved = resolveClusterOptions(options);
    const { tls, requirepass, users, config, masters, replicasPerMaster } = resolved;
    const own = directivesOf({
      'cluster-enabled': 'yes',
      'cluster-config-file': 'nodes.conf',
      'cluster-node-timeout': String(resolved.nodeTimeoutMs),
      'cluster-allow-replica-migration': 'no',
    });
    const starting = Array.from({ length: masters * (1 + replicasPerMaster) }, () =>
      RedisServer.startWith({ tls, requirepass, users, config }, own),
    );
    const cluster = new RedisCluster(resolved, await startTogether(starting));
    try {
      await formCluster(cluster.nodes, masters);
      await cluster.settled();
      return cluster;
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  /** Names all nodes: `redis+cluster://127.0.0.1:10001,127.0.0.1:10002,…`. */
  get url(): string {
    return serverUrl(this.options, 'cluster', this.nodes.map(({ port }) => `127.0.0.1:${port}`).join(','));
  }

  /** For a client: undefined without TLS. */
  get tls(): ClientTls | undefined {
    return this.options.tls === true ? { ca: TEST_CERTIFICATES.ca } : undefined;
  }

  /** The nodes that own slots now, be they up or not, in the order of their first slots. */
  async masters(): Promise<readonly RedisServer[]> {
    const ports = new Set(ownersIn(await this.views()));
    return [...ports].flatMap((owner) => this.nodes.find(({ port }) => port === owner) ?? []);
  }

  /** The node that owns a slot, or the slot of a key, be it up or not. */
  async masterOf(slotOrKey: number | string): Promise<RedisServer> {
    const slot = await this.slotOf(slotOrKey);
    const owner = ownersIn(await this.views())[slot];
    const node = this.nodes.find(({ port }) => port === owner);
    if (node === undefined) throw new Error(`no node owns slot ${slot}`);
    return node;
  }

  /** The running replicas of a master. */
  async replicasOf(master: RedisServer): Promise<readonly RedisServer[]> {
    const views = await this.views();
    const masterId = views.flat().find(({ port }) => port === master.port)?.id;
    const ports = views.map(selfIn).flatMap((self) => (self.masterId === masterId ? [self.port] : []));
    return this.nodes.filter(({ port }) => ports.includes(port));
  }

  /** The slot of a key; a slot itself is given back. */
  async slotOf(slotOrKey: number | string): Promise<number> {
    if (typeof slotOrKey === 'string')
      return (await this.running()[0]?.command('CLUSTER', 'KEYSLOT', slotOrKey)) as number;
    if (Number.isInteger(slotOrKey) && slotOrKey >= 0 && slotOrKey < SLOTS) return slotOrKey;
    throw optionInvalid('slot', `must be a whole number from 0 to ${SLOTS - 1}`);
  }

  /** Makes a replica the owner of a master's slots, as an administrator does, with the master up. @returns the new master */
  async failover(slotOrKey: number | string = 0): Promise<RedisServer> {
    const before = await this.masterOf(slotOrKey);
    const [replica] = await this.replicasOf(before);
    if (replica === undefined) throw new Error(`the master on port ${before.port} has no replica that runs`);
    await replica.command('CLUSTER', 'FAILOVER');
    return this.nextMaster(slotOrKey, before);
  }

  /** Kills the owner of a slot. @returns it; `restart()` brings it back */
  async killMaster(slotOrKey: number | string = 0): Promise<RedisServer> {
    const master = await this.masterOf(slotOrKey);
    await master.kill();
    return master;
  }

  /** Freezes the owner of a slot. @returns it; `thaw()` lets it go on */
  async freezeMaster(slotOrKey: number | string = 0): Promise<RedisServer> {
    const master = await this.masterOf(slotOrKey);
    master.freeze();
    return master;
  }

  /** Waits until another node than that owns a slot, all running nodes know it, and find the cluster in order. */
  async nextMaster(slotOrKey: number | string, before: RedisServer): Promise<RedisServer> {
    const slot = await this.slotOf(slotOrKey);
    const what = `another node than the one on port ${before.port} owns slot ${slot}`;
    await until(what, async () => (await this.isAgreed()) && (await this.masterOf(slot)) !== before, {
      withinMs: WITHIN_MS,
    });
    return this.masterOf(slot);
  }

  /** Begins to move a slot, or the slot of a key, to another master; the steps after that are the migration's. */
  async migrateSlot(slotOrKey: number | string, to: RedisServer): Promise<SlotMigration> {
    const slot = await this.slotOf(slotOrKey);
    return SlotMigration.start({ slot, from: await this.masterOf(slot), to }, await this.masters());
  }

  /** Waits until all is in order for whatever runs: the nodes agree who owns what, and the replicas are in sync. */
  async settled(): Promise<void> {
    await until('the cluster is settled', async () => (await this.isAgreed()) && (await this.isInSync()), {
      withinMs: WITHIN_MS,
    });
  }

  /** Ends them all for good. */
  stop(): Promise<void> {
    return stopTogether(this.nodes);
  }

  private running(): readonly RedisServer[] {
    return this.nodes.filter(({ state }) => state === 'running');
  }

  private views(): Promise<readonly (readonly SeenNode[])[]> {
    return Promise.all(this.running().map(viewOf));
  }

  /** Whether all that run find the cluster in order, each other up, and the same owners of the slots. */
  private async isAgreed(): Promise<boolean> {
    const running = this.running();
    const infos = await Promise.all(running.map((node) => node.command('CLUSTER', 'INFO')));
    if (infos.some((info) => fieldsOf(info).cluster_state !== 'ok')) return false;
    const views = await this.views();
    const isUp = ({ flags }: SeenNode): boolean => !flags.some((flag) => flag.startsWith('fail'));
    const seen = views.flat().filter(({ port }) => running.some((node) => node.port === port));
    return seen.every(isUp) && new Set(views.map(sharesIn)).size === 1;
  }

  /** Whether every running node is a master with slots or has its master's data. */
  private async isInSync(): Promise<boolean> {
    const masters = await this.masters();
    const others = this.running().filter((node) => !masters.includes(node));
    const inSync = await Promise.all(others.map((node) => node.isInSync()));
    return !inSync.includes(false);
  }
}
