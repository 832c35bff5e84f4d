import type { Cluster, Redis, RedisOptions } from 'ioredis';
import type { RedisInfraError } from '../../common/redis-infra.error.js';
import { TypedEmitter } from '../../common/typed-emitter.js';
import type { ServerIdentity } from '../../domain/cache-store.js';
import { notConnected } from '../errors/error-mapping.js';
import type { SentCommand } from '../wire/sent-command.js';
import { sentinelRetryDelayMs } from './client/client.factory.js';
import { ConnectionFence } from './client/connection-fence.js';
import type { ServerRole } from './client/server-role.js';
import { ClusterClient } from './cluster-client.js';
import { NodeFences } from './cluster/node-fences.js';
import type { SlotOwners } from './cluster/slot-owners.js';
import { ConnectionLifecycle } from './connection-lifecycle.js';
import type { ClientParts, LinkClient, NodeName } from './link-client.js';
import { SingleClient } from './single-client.js';

/**
 * The connection to one server, or the connections to the nodes of a cluster: a lifecycle, and the client of the
 * current one. ioredis reconnects it, with the bounded back-off of the configuration.
 */
export class RedisLink {
  readonly lifecycle: ConnectionLifecycle;
  /**
   * The latest client, which also answers questions about the slots after it was closed; undefined before the first
   * connect.
   */
  #client: LinkClient | undefined;
  private readonly events = new TypedEmitter<{ topology: undefined; loss: undefined }>();

  constructor(parts: ClientParts) {
    const { config, clock } = parts;
    const create = clientsOf(parts);
    this.lifecycle = new ConnectionLifecycle({
      createClient: () => this.use(create()),
      connectTimeoutMs: config.connectTimeoutMs,
      retryDelayMs: (attempt) => sentinelRetryDelayMs(config, attempt),
      clock,
    });
    let wasUp = false;
    this.lifecycle.onChange((state) => {
      if (wasUp) this.events.emit('loss', undefined);
      wasUp = state === 'up';
    });
  }

  /** The ioredis client. @throws RedisInfraError CONNECTION_FAILED while the link is closed */
  get connected(): Redis | Cluster {
    return this.client.connected;
  }

  /** The role of the server when it was connected. */
  get role(): ServerRole {
    return this.#client?.role ?? 'unknown';
  }

  /** The number of open connections. */
  get connections(): number {
    return this.#client?.connections ?? 1;
  }

  /** Whether commands can be written. */
  get isOpen(): boolean {
    return this.lifecycle.isOpen;
  }

  /** @see ConnectionLifecycle.whenSettled */
  whenSettled(command: string, then: (refusal: RedisInfraError | undefined) => void): void {
    this.lifecycle.whenSettled(command, then);
  }

  /** @see ConnectionLifecycle.connectNow */
  connectNow(): void {
    this.lifecycle.connectNow();
  }

  /** @see ConnectionLifecycle.refusal */
  refusal(command?: string): RedisInfraError | undefined {
    return this.lifecycle.refusal(command);
  }

  /** @see ConnectionLifecycle.lastingRefusal */
  lastingRefusal(command: string): RedisInfraError | undefined {
    return this.lifecycle.lastingRefusal(command);
  }

  /** Passes a command to ioredis. The promise of the command settles with the result. */
  dispatch(command: SentCommand): void {
    this.client.dispatch(command);
  }

  /** Reads the owners of the slots from the cluster. @throws RedisInfraError CONNECTION_FAILED when no node answers */
  async slotOwners(): Promise<SlotOwners> {
    if (this.#client === undefined) throw notConnected(undefined);
    return this.#client.slotOwners();
  }

  /** The node that owns a slot of the cluster (`host:port`); undefined when it is not known. */
  ownerOf(slot: number): string | undefined {
    return this.#client?.ownerOf(slot);
  }

  /**
   * Reads the slots of the cluster again. Call it when a node does not answer, because another node may own its slots
   * now.
   */
  requestSlotRefresh(): void {
    this.#client?.requestSlotRefresh();
  }

  /**
   * Whether this connection works, given that the server answers on another one. Otherwise it reconnects: a silent
   * connection is destroyed, and a closed one connects immediately.
   */
  isInUse(): boolean {
    if (this.isOpen) return this.#client?.isInUse() ?? true;
    this.lifecycle.skipBackOff();
    return false;
  }

  /** As `isInUse`, for one node of the cluster. */
  isNodeInUse(node: string): boolean {
    return this.#client?.isNodeInUse(node) ?? true;
  }

  /**
   * A connection to a node of the cluster, not open yet.
   * @throws RedisInfraError CONNECTION_FAILED when no node is known
   */
  probeOf(node: string, params: Readonly<Partial<RedisOptions>>): Redis {
    if (this.#client === undefined) throw notConnected(undefined);
    return this.#client.probeOf(node, params);
  }

  /** @see LinkClient.identities */
  async identities(): Promise<readonly ServerIdentity[]> {
    return this.client.identities();
  }

  /** The nodes of a cluster that own slots; one undefined name for a single server. Empty while the link is not open. */
  get masters(): readonly NodeName[] {
    return this.isOpen ? (this.#client?.masters ?? []) : [];
  }

  /** The connection that carries the commands to a node; undefined when there is none. */
  connectionTo(node: NodeName): Redis | undefined {
    return this.#client?.connectionTo(node);
  }

  /**
   * A new connection to a node, which never reconnects and is not open yet.
   * @throws RedisInfraError CONNECTION_FAILED when no node is known, or the password function fails
   */
  async createDedicated(node: NodeName, params: Readonly<Partial<RedisOptions>>): Promise<Redis> {
    return this.client.createDedicated(node, params);
  }

  /** Calls the handler when commands may reach another server than before: after a reconnect, or in a cluster. */
  onServersChange(handler: () => void): () => void {
    const ends = [this.lifecycle.onChange(handler), this.events.on('topology', handler)];
    return () => ends.forEach((end) => end());
  }

  /** @see StoreLink.onLoss */
  onLoss(handler: () => void): () => void {
    return this.events.on('loss', handler);
  }

  private use(client: LinkClient): LinkClient {
    this.#client = client;
    client.events.on('topology', () => {
      if (this.#client === client) this.events.emit('topology', undefined);
    });
    client.events.on('loss', () => this.events.emit('loss', undefined));
    return client;
  }

  private get client(): LinkClient {
    if (this.#client === undefined) throw notConnected(undefined, 'client');
    return this.#client;
  }
}

/**
 * Returns a function that creates one client after another. The fences outlive a client, because the commands that it
 * sent do as well.
 */
function clientsOf(parts: ClientParts): () => LinkClient {
  const { config, deadlineMs, peer } = parts;
  const createFence = (): ConnectionFence => new ConnectionFence(deadlineMs, config.connectTimeoutMs, peer);
  if (config.mode === 'cluster') {
    const fences = new NodeFences(createFence);
    return () => new ClusterClient(parts, fences);
  }
  const fence = createFence();
  return () => new SingleClient(parts, fence);
}
