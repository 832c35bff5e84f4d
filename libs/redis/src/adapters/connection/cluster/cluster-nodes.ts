import type { Cluster, Redis, RedisOptions } from 'ioredis';
import type { RedisConfig } from '../../../config/redis.config.js';
import { explainFailures } from '../client/client.factory.js';
import { connectOutsideRequests } from '../../ioredis-seams/connect-outside-requests.js';
import { ConnectionFence } from '../client/connection-fence.js';
import { notConnected } from '../../errors/error-mapping.js';
import type { PeerLimits } from '../../wire/peer-limits.js';
import { prepareHandshake } from '../client/prepare-handshake.js';
import type { TickScheduler } from '../../wire/tick-scheduler.js';
import type { SentCommand } from '../../wire/sent-command.js';
import { WatchedConnection } from '../../wire/watched-connection.js';
import { corkWrites } from '../../ioredis-seams/write-cork.js';
import { onRetryDelay } from '../../ioredis-seams/cluster/cluster-retry-delay.js';
import { onCopy } from '../../ioredis-seams/cluster/node-copies.js';
import { NodePasswords } from '../../ioredis-seams/cluster/node-passwords.js';
import { installSendGuard } from '../../ioredis-seams/cluster/node-send-guard.js';
import { refuseUntilReady } from '../../ioredis-seams/cluster/offline-queue.js';
import { makeClusterInfoOptional } from '../../ioredis-seams/cluster/optional-cluster-info.js';
import { mapRedirects } from '../../ioredis-seams/cluster/redirect-address.js';
import { watchRefreshes } from '../../ioredis-seams/cluster/slot-refresh.js';
import { completeSlots } from '../../ioredis-seams/cluster/slots-reply.js';
import { rejectTryAgain } from '../../ioredis-seams/cluster/try-again.js';
import { stopConnecting } from '../../ioredis-seams/stop-reconnecting.js';
import { SlotOwners } from './slot-owners.js';

export interface ClusterNodesOptions {
  /** The time that a command may take, in milliseconds. */
  readonly deadlineMs: number;
  /** The fence of each node, by `host:port`. A fence outlives the client, because the commands that the client sent do as well. */
  readonly fences: Map<string, ConnectionFence>;
  readonly peer: PeerLimits;
  /** Called with each error of a connection to a node. */
  readonly onFailure: (error: unknown) => void;
}

/** The connections to the nodes of a cluster. Each one has the seams of a connection to one server, and a send guard. */
export class ClusterNodes {
  readonly passwords: NodePasswords | undefined;
  /** The delay before the next attempt of ioredis to connect the cluster, in milliseconds. */
  retryDelayMs = 0;
  private readonly watched = new Set<WatchedConnection>();
  /** The copies of connections on which ioredis reads the slots. */
  private readonly copies = new Set<Redis>();
  private readonly redirects: { attachTo(node: Redis): void };

  constructor(
    private readonly client: Cluster,
    private readonly ticks: TickScheduler,
    private readonly config: RedisConfig,
    private readonly options: ClusterNodesOptions,
  ) {
    this.passwords = config.rotatesPassword ? new NodePasswords(config) : undefined;
    this.redirects = mapRedirects(client);
    client.on('+node', (node: Redis) => this.prepare(node));
    onRetryDelay(client, (delayMs) => (this.retryDelayMs = delayMs));
    watchRefreshes(client);
    makeClusterInfoOptional(client, options.peer);
    refuseUntilReady(client);
    rejectTryAgain(client);
  }

  /** The number of connected nodes. */
  get connected(): number {
    return this.client.nodes().filter(({ status }) => status === 'ready').length;
  }

  /** Sends a command to the node that it names, or to the owner of its key. */
  send(command: SentCommand): void {
    const name = command.wire.node;
    if (name === undefined) return void this.client.sendCommand(command);
    const node = this.client.nodes('master').find((candidate) => nameOf(candidate) === name);
    if (node === undefined) command.reject(notConnected(undefined, command.wire.label));
    else node.sendCommand(command);
  }

  /** The node that owns a slot; undefined when it is not known. */
  ownerOf(slot: number): string | undefined {
    return this.client.slots[slot]?.[0];
  }

  /** A connection to a node, not open yet, with all seams. @throws RedisInfraError CONNECTION_FAILED when no node is known */
  copyOf(name: string, params: Readonly<Partial<RedisOptions>>): Redis {
    const nodes = this.client.nodes();
    const original = nodes.find((node) => nameOf(node) === name) ?? nodes[0];
    if (original === undefined) throw notConnected(undefined);
    const port = Number(name.slice(name.lastIndexOf(':') + 1));
    return original.duplicate({ ...params, host: name.slice(0, name.lastIndexOf(':')), port });
  }

  /** Whether the connection to a node is not silent. A silent connection is destroyed, so that it reconnects. */
  isInUse(name: string): boolean {
    const silent = [...this.watched].filter((connection) => connection.node === name && connection.isSilent);
    for (const connection of silent) connection.destroy();
    return silent.length === 0;
  }

  /** Reads the slots again. Call it when a node does not answer, because another node may own its slots now. */
  requestSlotRefresh(): void {
    if (this.client.status === 'ready') this.client.refreshSlotsCache();
  }

  /** Reads the owners of the slots from the cluster. */
  owners(): Promise<SlotOwners> {
    return new Promise((resolve, reject) => {
      this.client.refreshSlotsCache((error) => {
        if (error) reject(error);
        else resolve(SlotOwners.from(this.client.slots));
      });
    });
  }

  /** Closes all connections, including those that QUIT leaves open. */
  end(): void {
    const all = [...this.client.nodes(), ...this.copies];
    this.client.disconnect();
    stopConnecting(this.client);
    for (const node of all) {
      node.disconnect();
      node.stream?.destroy();
    }
    // During QUIT ioredis lists no nodes, and a node that does not answer would keep the process alive.
    for (const connection of this.watched) connection.destroy();
  }

  private prepare(node: Redis): void {
    corkWrites(node, this.ticks);
    this.prepareHandshake(node);
    explainFailures(node, { timeoutMs: this.config.connectTimeoutMs });
    this.passwords?.attachTo(node);
    this.redirects.attachTo(node);
    const connection = new WatchedConnection(node, this.options.deadlineMs);
    this.watched.add(connection);
    node.on('end', () => this.watched.delete(connection));
    installSendGuard(node, connection, this.fenceOf(connection.node));
    this.watchCopies(node);
    connectOutsideRequests(node);
    node.on('error', (error: unknown) => this.options.onFailure(error));
    node.on('close', () => this.requestSlotRefresh());
  }

  private prepareHandshake(node: Redis): void {
    prepareHandshake(node, { peer: this.options.peer, connectTimeoutMs: this.config.connectTimeoutMs });
  }

  /** A node that returns keeps its fence, which knows the previous connection. */
  private fenceOf(name: string): ConnectionFence {
    const { fences } = this.options;
    let fence = fences.get(name);
    if (fence === undefined) {
      fence = new ConnectionFence(this.options.deadlineMs, this.config.connectTimeoutMs, this.options.peer);
      fences.set(name, fence);
    }
    return fence;
  }

  /** Shorter than the timeout of ioredis for reading the slots, whose error does not contain the reason. */
  private get copyTimeoutMs(): number {
    const { slotsRefreshTimeout } = this.client.options;
    return Math.min(this.config.connectTimeoutMs, slotsRefreshTimeout ?? Infinity);
  }

  private watchCopies(node: Redis): void {
    onCopy(node, (copy) => {
      this.copies.add(copy);
      this.prepareHandshake(copy);
      completeSlots(copy);
      explainFailures(copy, { timeoutMs: this.copyTimeoutMs });
      this.passwords?.attachTo(copy);
      connectOutsideRequests(copy);
      copy.on('end', () => this.copies.delete(copy));
      copy.on('error', (error: unknown) => this.options.onFailure(error));
    });
  }
}

function nameOf({ options }: Redis): string {
  return `${options.host}:${options.port}`;
}
