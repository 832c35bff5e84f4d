import type { Cluster, Command, Redis, RedisOptions } from 'ioredis';
import type { RedisConfig } from '../../../config/redis.config.js';
import { explainFailures } from '../client/client.factory.js';
import { connectOutsideRequests } from '../../ioredis-seams/connect-outside-requests.js';
import { ConnectionFence } from '../client/connection-fence.js';
import { notConnected } from '../../errors/error-mapping.js';
import type { PeerLimits } from '../../wire/peer-limits.js';
import { prepareHandshake } from '../client/prepare-handshake.js';
import type { TickScheduler } from '../../wire/tick-scheduler.js';
import { SentCommand } from '../../wire/sent-command.js';
import { WatchedConnection } from '../../wire/watched-connection.js';
import { corkWrites } from '../../ioredis-seams/write-cork.js';
import { installSendGuard } from './node-send-guard.js';
import { NodePasswords } from './node-passwords.js';
import { makeClusterInfoOptional } from '../../ioredis-seams/optional-cluster-info.js';
import { mapRedirects } from '../../ioredis-seams/redirect-address.js';
import { SlotOwners } from './slot-owners.js';
import { completeSlots } from '../../ioredis-seams/slots-reply.js';
import { watchRefreshes } from '../../ioredis-seams/slot-refresh.js';

export interface ClusterNodesOptions {
  /** How long a command may well take. */
  readonly deadlineMs: number;
  /** One for each node, `host:port`: they outlive the client, for what it sent does, too. */
  readonly fences: Map<string, ConnectionFence>;
  readonly peer: PeerLimits;
  /** A node said something else than an answer to a command: what is known of why it cannot be reached. */
  readonly onFailure: (error: unknown) => void;
}

/** The connections of a cluster: each of them is prepared as the one connection to a single server is, and gated. */
export class ClusterNodes {
  readonly passwords: NodePasswords | undefined;
  /** How long ioredis waits before it begins anew, having lost all nodes. */
  retryDelayMs = 0;
  private readonly watched = new Set<WatchedConnection>();
  /** Those on which ioredis asks who owns which slots. */
  private readonly copies = new Set<Redis>();
  private readonly redirects: { of(node: Redis): void };

  constructor(
    private readonly client: Cluster,
    private readonly turn: TickScheduler,
    private readonly config: RedisConfig,
    private readonly options: ClusterNodesOptions,
  ) {
    this.passwords = config.rotatesPassword ? new NodePasswords(config) : undefined;
    this.redirects = mapRedirects(client);
    client.on('+node', (node: Redis) => this.prepare(node));
    this.noteRetryDelay();
    watchRefreshes(client);
    makeClusterInfoOptional(client, options.peer);
    refuseUntilReady(client);
    refuseToTryAgain(client);
  }

  /** How many nodes are connected. */
  get connected(): number {
    return this.client.nodes().filter(({ status }) => status === 'ready').length;
  }

  /** To the node that owns the command's key, or to the node that the command names. */
  send(command: SentCommand): void {
    const name = command.wire.node;
    if (name === undefined) return void this.client.sendCommand(command);
    const node = this.client.nodes('master').find((one) => nameOf(one) === name);
    if (node === undefined) command.reject(notConnected(undefined, command.wire.label));
    else node.sendCommand(command);
  }

  /** The node that owns a slot, as far as known. */
  ownerOf(slot: number): string | undefined {
    return this.client.slots[slot]?.[0];
  }

  /** A connection to that node, not open yet, prepared as every other one is. @throws RedisInfraError CONNECTION_FAILED where none is known */
  copyOf(name: string, params: Readonly<Partial<RedisOptions>>): Redis {
    const nodes = this.client.nodes();
    const like = nodes.find((node) => nameOf(node) === name) ?? nodes[0];
    if (like === undefined) throw notConnected(undefined);
    const port = Number(name.slice(name.lastIndexOf(':') + 1));
    return like.duplicate({ ...params, host: name.slice(0, name.lastIndexOf(':')), port });
  }

  /** Whether the connection to that node answers, as far as known; one that does not is made anew. */
  isInUse(name: string): boolean {
    const silent = [...this.watched].filter((one) => one.node === name && one.isSilent);
    for (const one of silent) one.destroy();
    return silent.length === 0;
  }

  /** A node does not answer, or is gone: another may own its slots by now. */
  requestSlotRefresh(): void {
    if (this.client.status === 'ready') this.client.refreshSlotsCache();
  }

  /** Who owns what, asked now. */
  owners(): Promise<SlotOwners> {
    return new Promise((resolve, reject) => {
      this.client.refreshSlotsCache((error) => {
        if (error) reject(error);
        else resolve(SlotOwners.from(this.client.slots));
      });
    });
  }

  /** Closes what a goodbye leaves open. */
  end(): void {
    const all = [...this.client.nodes(), ...this.copies];
    this.client.disconnect();
    // A timer of ioredis that was forgotten must not open it again.
    this.client.connect = () => Promise.reject(new Error('the cluster was disconnected'));
    for (const node of all) {
      node.disconnect();
      node.stream?.destroy();
    }
    // ioredis lists no node any more once it has begun to quit; a node that does not answer would keep the process alive.
    for (const connection of this.watched) connection.destroy();
  }

  /** The event that tells of a reconnection does not tell when it begins. */
  private noteRetryDelay(): void {
    const { options } = this.client;
    const strategy = options.clusterRetryStrategy;
    options.clusterRetryStrategy = (times, reason) => {
      const delayMs = strategy?.(times, reason);
      this.retryDelayMs = typeof delayMs === 'number' ? delayMs : 0;
      return delayMs;
    };
  }

  private prepare(node: Redis): void {
    corkWrites(node, this.turn);
    this.prepareHandshake(node);
    explainFailures(node, { timeoutMs: this.config.connectTimeoutMs });
    this.passwords?.giveTo(node);
    this.redirects.of(node);
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

  /** A node that went and came again is the same: its fence knows the connection before. */
  private fenceOf(name: string): ConnectionFence {
    const { fences } = this.options;
    let fence = fences.get(name);
    if (fence === undefined) {
      fence = new ConnectionFence(this.options.deadlineMs, this.config.connectTimeoutMs, this.options.peer);
      fences.set(name, fence);
    }
    return fence;
  }

  /** ioredis gives up a question for the slots by itself, and says only that it did. */
  private get copyTimeoutMs(): number {
    const { slotsRefreshTimeout } = this.client.options;
    return Math.min(this.config.connectTimeoutMs, slotsRefreshTimeout ?? Infinity);
  }

  private watchCopies(node: Redis): void {
    const duplicate = node.duplicate.bind(node);
    node.duplicate = (override) => {
      const copy = duplicate(override);
      this.copies.add(copy);
      this.prepareHandshake(copy);
      completeSlots(copy);
      explainFailures(copy, { timeoutMs: this.copyTimeoutMs });
      this.passwords?.giveTo(copy);
      connectOutsideRequests(copy);
      copy.on('end', () => this.copies.delete(copy));
      copy.on('error', (error: unknown) => this.options.onFailure(error));
      return copy;
    };
  }
}

function nameOf({ options }: Redis): string {
  return `${options.host}:${options.port}`;
}

/**
 * Commands of others than the store are refused while the cluster is not ready: the queue is on only because ioredis would refuse
 * what meets a node that is connecting otherwise, and ours are kept out of it by the link and the circuits.
 */
function refuseUntilReady(client: Cluster): void {
  const send = client.sendCommand.bind(client);
  client.sendCommand = (command: Command, stream, node: unknown) => {
    const passes = client.status === 'ready' || command instanceof SentCommand || command.name === 'cluster';
    if (passes) return send(command, stream, node);
    command.reject(new Error("Cluster isn't ready and enableOfflineQueue options is false"));
    return command.promise;
  };
}

/** ioredis would send what met keys of both nodes of a slot that moves again by and by, to any node. Its caller knows better. */
function refuseToTryAgain(client: Cluster): void {
  const handle = client.handleError.bind(client);
  client.handleError = (error, ttl, handlers: { readonly defaults: () => void }) => {
    if (error.message.startsWith('TRYAGAIN')) handlers.defaults();
    else handle(error, ttl, handlers);
  };
}
