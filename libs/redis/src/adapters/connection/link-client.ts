import type { Cluster, Redis, RedisOptions } from 'ioredis';
import { outsideRequests } from '../../common/async-context.js';
import type { Clock } from '../../common/clock.js';
import type { TypedEmitter } from '../../common/typed-emitter.js';
import type { RedisConfig } from '../../config/redis.config.js';
import type { ServerIdentity } from '../../domain/cache-store.js';
import type { PeerLimits } from '../wire/peer-limits.js';
import type { SentCommand } from '../wire/sent-command.js';
import type { TickScheduler } from '../wire/tick-scheduler.js';
import type { ServerRole } from './client/server-role.js';
import type { SlotOwners } from './cluster/slot-owners.js';

/** What a client reports to the lifecycle of its link. */
export interface ClientEvents {
  /** An attempt to connect begins. */
  connecting: undefined;
  /** An error of an attempt or of the connection. */
  error: unknown;
  /** An error that explains why the current attempt will fail. It is no attempt that ended. */
  cause: unknown;
  /**
   * The password function failed, so the attempt ended before it opened a socket. The next attempt follows by itself.
   */
  passwordFailed: unknown;
  /** The handshake is complete. The connection carries commands once `whenUsable` has passed. */
  ready: undefined;
  /** The connection closed, or the attempt to connect failed. */
  closed: undefined;
  /** The client starts no further attempt by itself. */
  gaveUp: undefined;
  /** The next attempt follows after this delay in milliseconds. */
  reconnecting: number;
  /** Commands may reach other data than before, although the state does not change: see `StoreLink.onLoss`. */
  loss: undefined;
  /** The nodes of a cluster, their connections, or the owners of the slots changed. */
  topology: undefined;
}

/** The part of a client that the lifecycle uses. */
export interface ConnectingClient {
  readonly events: TypedEmitter<ClientEvents>;
  /** Starts to connect. */
  connect(): void;
  /** Starts the next attempt immediately if the client waits for it. */
  connectNow(): void;
  /**
   * Prepares a connection whose handshake is complete: checks it, and makes sure that commands sent on the previous one
   * no longer take effect. Calls `then` with whether it is usable, and never if it is lost meanwhile.
   * @param attempts the number of reconnects since a connection was usable; the back-off of an unusable one continues
   * from there
   */
  whenUsable(attempts: number, then: (isUsable: boolean) => void): void;
  /** Sends QUIT. Never rejects. */
  quit(): Promise<unknown>;
  /** Closes all sockets and prevents further attempts. */
  end(): void;
}

/**
 * The ioredis client of a link, for one server (`SingleClient`) or for a cluster (`ClusterClient`). It keeps ioredis in
 * a private field.
 */
export interface LinkClient extends ConnectingClient {
  /** The ioredis client. @throws RedisInfraError CONNECTION_FAILED after `end` */
  readonly connected: Redis | Cluster;
  /** The number of open connections. */
  readonly connections: number;
  /** The role of the server when it was connected; `unknown` for a cluster. */
  readonly role: ServerRole;
  /** Passes a command to ioredis. The promise of the command settles with the result. */
  dispatch(command: SentCommand): void;
  /**
   * Whether the open connection is not silent. A silent connection is destroyed, so that it reconnects. Always true for
   * a cluster.
   */
  isInUse(): boolean;
  /** As `isInUse`, for one node of a cluster (`host:port`). */
  isNodeInUse(node: string): boolean;
  /** The node of the cluster that owns a slot (`host:port`); undefined when it is not known. */
  ownerOf(slot: number): string | undefined;
  /** Reads the owners of the slots from the cluster. @throws RedisInfraError CONNECTION_FAILED for a single server */
  slotOwners(): Promise<SlotOwners>;
  /** Reads the slots of the cluster again, because another node may own them now. */
  requestSlotRefresh(): void;
  /**
   * A connection to a node of the cluster, not open yet.
   * @throws RedisInfraError CONNECTION_FAILED when no node is known
   */
  probeOf(node: string, params: Readonly<Partial<RedisOptions>>): Redis;
  /**
   * The identities of all masters; empty when one of them refuses INFO.
   * @throws RedisInfraError CONNECTION_FAILED when one of them does not answer
   */
  identities(): Promise<readonly ServerIdentity[]>;
  /** The nodes of a cluster that own slots; one undefined name for a single server. */
  readonly masters: readonly NodeName[];
  /** The connection that carries the commands to a node; undefined when there is none. */
  connectionTo(node: NodeName): Redis | undefined;
  /**
   * A new connection to a node, which never reconnects and is not open yet.
   * @throws RedisInfraError CONNECTION_FAILED when no node is known, or the password function fails
   */
  createDedicated(node: NodeName, params: Readonly<Partial<RedisOptions>>): Promise<Redis>;
}

/** A node of a cluster, `host:port`. Undefined is the server of a client without a cluster. */
export type NodeName = string | undefined;

/** What the clients of a link share. */
export interface ClientParts {
  readonly config: RedisConfig;
  readonly ticks: TickScheduler;
  /** The time that a command may take, in milliseconds. */
  readonly deadlineMs: number;
  readonly peer: PeerLimits;
  readonly clock: Clock;
}

/**
 * Emits the events of an ioredis client. `delayMs` returns the delay of an attempt where the event `reconnecting`
 * carries none.
 */
export function forwardEvents(
  client: Redis | Cluster,
  events: TypedEmitter<ClientEvents>,
  delayMs: () => number = () => 0,
): void {
  client.on('connecting', () => events.emit('connecting', undefined));
  client.on('error', (error: unknown) => events.emit('error', error));
  client.on('sentinelError', (error: unknown) => events.emit('cause', error));
  client.on('ready', () => events.emit('ready', undefined));
  client.on('close', () => events.emit('closed', undefined));
  client.on('end', () => events.emit('gaveUp', undefined));
  client.on('reconnecting', (ms?: unknown) => events.emit('reconnecting', Number(ms ?? delayMs())));
}

/** Starts the next attempt of an ioredis client immediately if it waits for it. */
export function skipBackOff(client: Redis | Cluster): void {
  const { status } = client;
  const isWaiting = status === 'reconnecting' || status === 'wait' || status === 'end';
  if (isWaiting) void outsideRequests(() => client.connect().catch(() => {}));
}
