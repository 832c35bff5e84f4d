import { optionInvalid } from '../../common/options.js';
import { directivesOf } from '../redis-process/directives.js';
import { fieldsOf } from '../redis-process/reply-structure.js';
import { startTogether, stopTogether } from '../redis-process/start-together.js';
import { until } from '../redis-process/until.js';
import { RedisServer } from '../redis-server/redis-server.js';
import { serverUrl, type ClientTls } from '../redis-server/server-url.js';
import { TEST_CERTIFICATES } from '../redis-server/test-certificates.js';
import { ownersIn, selfIn, slotMapIn, SLOTS, viewOf, type NodeDescription } from './cluster-view.js';
import { formCluster } from './form-cluster.js';
import {
  resolveClusterOptions,
  type RedisClusterOptions,
  type ResolvedClusterOptions,
} from './redis-cluster.options.js';
import { SlotMigration } from './slot-migration.js';

const WITHIN_MS = 20_000;

/**
 * A real Redis Cluster for tests, with all nodes on 127.0.0.1. The nodes never outlive the process. They can also be
 * killed, frozen and restarted individually. For a parameter `slotOrKey`, a number is a slot and a string is a key.
 */
export class RedisCluster {
  private constructor(
    private readonly options: ResolvedClusterOptions,
    /** All nodes. The first ones are the initial masters, in the order of their slots. */
    readonly nodes: readonly RedisServer[],
  ) {}

  /** Starts all nodes and waits until every node reports `cluster_state:ok` and the replicas are in sync. */
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

  /** The URL with all nodes: `redis+cluster://127.0.0.1:10001,127.0.0.1:10002,…`. */
  get url(): string {
    return serverUrl(this.options, 'cluster', this.nodes.map(({ port }) => `127.0.0.1:${port}`).join(','));
  }

  /** TLS options for a client; undefined without TLS. */
  get tls(): ClientTls | undefined {
    return this.options.tls === true ? { ca: TEST_CERTIFICATES.ca } : undefined;
  }

  /** The nodes that own slots now, running or not, in the order of their first slots. */
  async masters(): Promise<readonly RedisServer[]> {
    const ports = new Set(ownersIn(await this.views()));
    return [...ports].flatMap((owner) => this.nodes.find(({ port }) => port === owner) ?? []);
  }

  /** The node that owns a slot, or the slot of a key, running or not. */
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

  /** The slot of a key. A slot is returned as it is. */
  async slotOf(slotOrKey: number | string): Promise<number> {
    if (typeof slotOrKey === 'string') return Number(await this.running()[0]?.query('CLUSTER', 'KEYSLOT', slotOrKey));
    if (Number.isInteger(slotOrKey) && slotOrKey >= 0 && slotOrKey < SLOTS) return slotOrKey;
    throw optionInvalid('slot', `must be a whole number from 0 to ${SLOTS - 1}`);
  }

  /** Promotes a replica of a running master, as an administrator does. @returns the new master */
  async failover(slotOrKey: number | string = 0): Promise<RedisServer> {
    const before = await this.masterOf(slotOrKey);
    const [replica] = await this.replicasOf(before);
    if (replica === undefined) throw new Error(`the master on port ${before.port} has no running replica`);
    await replica.command('CLUSTER', 'FAILOVER');
    return this.nextMaster(slotOrKey, before);
  }

  /** Kills the owner of a slot. @returns the killed node; start it again with `restart()` */
  async killMaster(slotOrKey: number | string = 0): Promise<RedisServer> {
    const master = await this.masterOf(slotOrKey);
    await master.kill();
    return master;
  }

  /** Freezes the owner of a slot. @returns the frozen node; resume it with `thaw()` */
  async freezeMaster(slotOrKey: number | string = 0): Promise<RedisServer> {
    const master = await this.masterOf(slotOrKey);
    master.freeze();
    return master;
  }

  /** Waits until a node other than `before` owns the slot and all running nodes agree and report `cluster_state:ok`. */
  async nextMaster(slotOrKey: number | string, before: RedisServer): Promise<RedisServer> {
    const slot = await this.slotOf(slotOrKey);
    const what = `a node other than the one on port ${before.port} owns slot ${slot}`;
    const newMaster = async (): Promise<RedisServer | false> => {
      const master = await this.masterOf(slot);
      // In this order: nodes that agreed on the old master would agree too soon.
      return master !== before && (await this.isAgreed()) && master;
    };
    return until(what, newMaster, { withinMs: WITHIN_MS });
  }

  /**
   * Begins to move a slot, or the slot of a key, to another master. The returned migration performs the remaining
   * steps.
   */
  async migrateSlot(slotOrKey: number | string, to: RedisServer): Promise<SlotMigration> {
    const slot = await this.slotOf(slotOrKey);
    return SlotMigration.start({ slot, from: await this.masterOf(slot), to }, await this.masters());
  }

  /** Waits until the running nodes agree on the owners of all slots and the running replicas are in sync. */
  async settled(): Promise<void> {
    await until('the cluster is settled', async () => (await this.isAgreed()) && (await this.isInSync()), {
      withinMs: WITHIN_MS,
    });
  }

  /** Stops all nodes permanently. */
  stop(): Promise<void> {
    return stopTogether(this.nodes);
  }

  private running(): readonly RedisServer[] {
    return this.nodes.filter(({ state }) => state === 'running');
  }

  private views(): Promise<readonly (readonly NodeDescription[])[]> {
    return Promise.all(this.running().map(viewOf));
  }

  /**
   * Whether all running nodes report `cluster_state:ok`, consider each other up, and agree on the owners of the slots.
   */
  private async isAgreed(): Promise<boolean> {
    const running = this.running();
    const infos = await Promise.all(running.map((node) => node.query('CLUSTER', 'INFO')));
    if (infos.some((info) => fieldsOf(info).cluster_state !== 'ok')) return false;
    const views = await this.views();
    const isUp = ({ flags }: NodeDescription): boolean => !flags.some((flag) => flag.startsWith('fail'));
    const descriptions = views.flat().filter(({ port }) => running.some((node) => node.port === port));
    return descriptions.every(isUp) && new Set(views.map(slotMapIn)).size === 1;
  }

  /** Whether every running node is a master with slots or has its master's data. */
  private async isInSync(): Promise<boolean> {
    const masters = await this.masters();
    const replicas = this.running().filter((node) => !masters.includes(node));
    const inSync = await Promise.all(replicas.map((node) => node.isInSync()));
    return !inSync.includes(false);
  }
}
