import type { Cluster, Redis, RedisOptions } from 'ioredis';
import { TypedEmitter } from '../../common/typed-emitter.js';
import type { ServerIdentity } from '../../domain/cache-store.js';
import { notConnected } from '../errors/error-mapping.js';
import { onRetryDelay } from '../ioredis-seams/cluster/cluster-retry-delay.js';
import { refuseUntilReady } from '../ioredis-seams/cluster/offline-queue.js';
import { makeClusterInfoOptional } from '../ioredis-seams/cluster/optional-cluster-info.js';
import { refreshBeforeConnect } from '../ioredis-seams/cluster/refresh-before-connect.js';
import { watchRefreshes } from '../ioredis-seams/cluster/slot-refresh.js';
import { onSubscriber } from '../ioredis-seams/cluster/subscriber.js';
import { rejectTryAgain } from '../ioredis-seams/cluster/try-again.js';
import { stopConnecting } from '../ioredis-seams/stop-reconnecting.js';
import type { SentCommand } from '../wire/sent-command.js';
import { createCluster } from './client/client.factory.js';
import { RotatingPassword } from './client/rotating-password.js';
import { readIdentities } from './client/server-identity.js';
import type { ServerRole } from './client/server-role.js';
import { ClusterNodes, nameOf } from './cluster/cluster-nodes.js';
import type { NodeFences } from './cluster/node-fences.js';
import { SlotOwners } from './cluster/slot-owners.js';
import {
  forwardEvents,
  skipBackOff,
  type ClientEvents,
  type ClientParts,
  type LinkClient,
  type NodeName,
} from './link-client.js';

/** The client of a cluster. Its nodes have connections of their own, which pass their fences when they connect. */
export class ClusterClient implements LinkClient {
  readonly events = new TypedEmitter<ClientEvents>();
  readonly role: ServerRole = 'unknown';
  /** A private field, so that logs of this object do not show the password, which is in the options of the client. */
  readonly #cluster: Cluster;
  private readonly nodes: ClusterNodes;
  /** The delay before the next attempt of ioredis to connect the cluster, in milliseconds. */
  private retryDelayMs = 0;
  private isEnded = false;

  constructor(
    private readonly parts: ClientParts,
    fences: NodeFences,
  ) {
    const { config, peer, clock } = parts;
    const cluster = createCluster(config);
    this.#cluster = cluster;
    const password = RotatingPassword.of(config);
    this.nodes = new ClusterNodes(cluster, parts, {
      fences,
      password,
      onFailure: (error) => this.nodeFailed(error),
      onLoss: () => this.events.emit('loss', undefined),
      onMoved: (node) => {
        if (!this.masters.includes(node)) this.events.emit('loss', undefined);
      },
      onUnavailable: () => {
        this.requestSlotRefresh();
        this.events.emit('topology', undefined);
      },
    });
    onRetryDelay(cluster, (delayMs) => (this.retryDelayMs = delayMs));
    watchRefreshes(cluster, clock);
    makeClusterInfoOptional(cluster, peer);
    refuseUntilReady(cluster);
    rejectTryAgain(cluster);
    if (password !== undefined) {
      onSubscriber(cluster, (subscriber) => password.attachTo(subscriber));
      refreshBeforeConnect(cluster, () => password.read(), {
        isCurrent: () => !this.isEnded,
        onFailure: (error) => this.events.emit('passwordFailed', error),
      });
    }
    forwardEvents(cluster, this.events, () => this.retryDelayMs);
    this.watchTopology();
  }

  get connected(): Cluster {
    if (this.isEnded) throw notConnected(undefined, 'client');
    return this.#cluster;
  }

  get connections(): number {
    return this.#cluster.nodes().filter(({ status }) => status === 'ready').length;
  }

  connect(): void {
    this.#cluster.connect().catch(() => {});
  }

  connectNow(): void {
    skipBackOff(this.#cluster);
  }

  whenUsable(_attempts: number, then: (isUsable: boolean) => void): void {
    this.parts.peer.connected();
    then(true);
  }

  quit(): Promise<unknown> {
    return this.#cluster.quit().catch(() => {});
  }

  end(): void {
    this.isEnded = true;
    this.#cluster.disconnect();
    stopConnecting(this.#cluster);
    this.nodes.end();
  }

  /** Sends a command to the node that it names, or to the owner of its key. */
  dispatch(command: SentCommand): void {
    const cluster = this.connected;
    const name = command.wire.node;
    if (name === undefined) return void cluster.sendCommand(command);
    const node = cluster.nodes('master').find((candidate) => nameOf(candidate) === name);
    if (node === undefined) command.reject(notConnected(undefined, command.wire.label));
    else node.sendCommand(command);
  }

  isInUse(): boolean {
    return true;
  }

  isNodeInUse(node: string): boolean {
    return this.nodes.isInUse(node);
  }

  ownerOf(slot: number): string | undefined {
    return this.#cluster.slots[slot]?.[0];
  }

  slotOwners(): Promise<SlotOwners> {
    return new Promise((resolve, reject) => {
      this.#cluster.refreshSlotsCache((error) => {
        if (error) reject(error);
        else resolve(SlotOwners.from(this.#cluster.slots));
      });
    });
  }

  requestSlotRefresh(): void {
    if (this.#cluster.status === 'ready') this.#cluster.refreshSlotsCache();
  }

  probeOf(node: string, params: Readonly<Partial<RedisOptions>>): Redis {
    const nodes = this.#cluster.nodes();
    const original = nodes.find((candidate) => nameOf(candidate) === node) ?? nodes[0];
    if (original === undefined) throw notConnected(undefined);
    const port = Number(node.slice(node.lastIndexOf(':') + 1));
    return original.duplicate({ ...params, host: node.slice(0, node.lastIndexOf(':')), port });
  }

  async identities(): Promise<readonly ServerIdentity[]> {
    const { config, peer } = this.parts;
    const nodes = this.masters.map((name) => {
      const redis = this.connectionTo(name);
      if (redis === undefined) throw notConnected(undefined, 'INFO');
      return { name, redis };
    });
    if (nodes.length === 0) throw notConnected(undefined, 'INFO');
    return readIdentities({ nodes, peer, timeoutMs: config.connectTimeoutMs });
  }

  get masters(): readonly string[] {
    return SlotOwners.from(this.#cluster.slots).masters;
  }

  connectionTo(node: NodeName): Redis | undefined {
    return this.#cluster.nodes('master').find((candidate) => nameOf(candidate) === node);
  }

  async createDedicated(node: NodeName, params: Readonly<Partial<RedisOptions>>): Promise<Redis> {
    return this.probeOf(node ?? '', { ...params, retryStrategy: () => null, readOnly: false });
  }

  private watchTopology(): void {
    const changed = (): void => this.events.emit('topology', undefined);
    this.#cluster.on('+node', changed);
    this.#cluster.on('-node', changed);
    let owners = SlotOwners.from(this.#cluster.slots);
    this.#cluster.on('refresh', () => {
      const current = SlotOwners.from(this.#cluster.slots);
      const previous = owners;
      owners = current;
      if (current.isSame(previous)) return;
      if (hasNewMaster(current.masters, previous.masters)) this.events.emit('loss', undefined);
      changed();
    });
  }

  /** While the cluster is up, the commands to a node report its failures. */
  private nodeFailed(error: unknown): void {
    if (this.#cluster.status !== 'ready') this.events.emit('cause', error);
  }
}

/** Whether a node owns slots that owned none before. Before the first answer no node is known. */
function hasNewMaster(masters: readonly string[], previous: readonly string[]): boolean {
  return previous.length > 0 && masters.some((master) => !previous.includes(master));
}
