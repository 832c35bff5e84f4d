import type { Cluster, Redis, RedisOptions } from 'ioredis';
import { outsideRequests } from '../../common/async-context.js';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import { TypedEmitter } from '../../common/typed-emitter.js';
import type { RedisConfig } from '../../config/redis.config.js';
import type { LinkState, ServerIdentity, StoreLink } from '../../domain/cache-store.js';
import { ClusterNodes } from './cluster/cluster-nodes.js';
import type { SlotOwners } from './cluster/slot-owners.js';
import { ConnectionFence } from './client/connection-fence.js';
import { lastErrorNow, type LastError } from '../resilience/last-error.js';
import { createClient, isSingle, sentinelRetryDelayMs } from './client/client.factory.js';
import { disconnected, nodeFailure, notConnected } from '../errors/error-mapping.js';
import { isInDatabase } from './client/database-check.js';
import { HandshakeFailure } from './client/handshake-failure.js';
import { keepBackOff } from '../ioredis-seams/keep-back-off.js';
import { refreshPassword } from '../ioredis-seams/password-refresh.js';
import { stopReconnecting } from '../ioredis-seams/stop-reconnecting.js';
import type { PeerLimits } from '../wire/peer-limits.js';
import { isAnswering } from './client/ping-check.js';
import { prepareHandshake } from './client/prepare-handshake.js';
import type { LinkEvents } from '../wire/link-events.js';
import type { TickScheduler } from '../wire/tick-scheduler.js';
import { readIdentity } from './client/server-identity.js';
import { readRole, type ServerRole } from './client/server-role.js';
import type { SentCommand } from '../wire/sent-command.js';
import { WatchedConnection } from '../wire/watched-connection.js';
import { corkWrites } from '../ioredis-seams/write-cork.js';

/** The number of consecutive unanswered commands after which the socket is destroyed. */
const MAX_SILENT_DEADLINES = 3;
/** The time that QUIT may take before the socket is closed without it. */
const QUIT_TIMEOUT_MS = 150;
/** The additional time after `connectTimeout` in which ioredis reports the result of an attempt. */
const OUTCOME_GRACE_MS = 250;

/**
 * The connection to one server, or the connections to the nodes of a cluster, and their state. ioredis reconnects it, with the bounded
 * back-off of the configuration.
 */
export class RedisLink implements StoreLink {
  readonly tier = 'redis';
  readonly events = new TypedEmitter<LinkEvents>();
  /** The number of reconnects since the link was created. */
  reconnects = 0;
  /** When the current state began, in milliseconds since 1970. */
  since = Date.now();
  lastError: LastError | undefined;
  /** The role of the server when it was connected. */
  role: ServerRole = 'unknown';
  private current: LinkState = 'closed';
  /** A private field, so that logs of this object do not show the password, which is in the options of the client. */
  #client: Redis | Cluster | undefined;
  /** The connection to one server; undefined for a cluster. */
  #connection: WatchedConnection | undefined;
  #nodes: ClusterNodes | undefined;
  /** The current attempt to connect; undefined when its result is known. */
  private opening: Promise<void> | undefined;
  private closing: Promise<void> | undefined;
  private closedByCaller = false;
  /** The latest reason why there is no connection. */
  private lastFailure: unknown;
  private readonly handshake = new HandshakeFailure();
  /** Callbacks that wait for the result of the current attempt. */
  private waiting: (() => void)[] = [];
  /** The number of reconnects since the link was last up. */
  private attempts = 0;
  /** Starts the next attempt after ioredis has given up. */
  private retryTimer: NodeJS.Timeout | undefined;
  private readonly fence: ConnectionFence;
  /** The fences of the nodes of a cluster, by `host:port`. */
  private readonly fences = new Map<string, ConnectionFence>();

  constructor(
    private readonly config: RedisConfig,
    private readonly ticks: TickScheduler,
    /** The time that a command may take, in milliseconds. */
    private readonly deadlineMs: number,
    private readonly peer: PeerLimits,
  ) {
    this.fence = new ConnectionFence(deadlineMs, config.connectTimeoutMs, peer);
  }

  get state(): LinkState {
    return this.current;
  }

  /** @throws RedisInfraError CONNECTION_FAILED before the first connect. */
  get connected(): Redis | Cluster {
    if (this.#client === undefined) throw notConnected(undefined, 'client');
    return this.#client;
  }

  /** Resolves when the link is up, and rejects when the first attempt fails. Further attempts follow by themselves. */
  async open(): Promise<void> {
    this.closedByCaller = false;
    if (this.closing !== undefined) await this.closing;
    if (this.closedByCaller) throw disconnected();
    if (this.current === 'up') return;
    // The connection must not run in the async context of the request that opens it.
    await (this.opening ??= outsideRequests(() => this.attempt().finally(() => (this.opening = undefined))));
  }

  /** Closes the connection, with QUIT if it is up. */
  async close(): Promise<void> {
    this.closedByCaller = true;
    await (this.closing ??= this.quit().finally(() => (this.closing = undefined)));
  }

  /** Whether commands can be written. */
  get isOpen(): boolean {
    // A link that is opened during its close is not open before it has connected again.
    return this.current === 'up' && !this.closedByCaller && this.closing === undefined;
  }

  /** Calls `then` when it is known whether commands can be sent, in the order of the calls, and without an error if they can. Connects. */
  whenSettled(command: string, then: (refusal: RedisInfraError | undefined) => void): void {
    if (this.closing !== undefined && !this.closedByCaller)
      return void this.closing.then(() => this.whenSettled(command, then));
    const isPending = !this.closedByCaller && (this.opening !== undefined || this.#client === undefined);
    if (this.isOpen || !isPending) return then(this.refusal(command));
    this.waiting.push(() => then(this.refusal(command)));
    this.connectNow();
  }

  /** Connects immediately instead of after the back-off. Commands that arrive meanwhile wait for the result. */
  connectNow(): void {
    if (!this.isOpen && !this.closedByCaller && this.opening === undefined) this.open().catch(() => {});
  }

  /** The error for a command that cannot be sent now; undefined if it can. */
  refusal(command?: string): RedisInfraError | undefined {
    if (this.closedByCaller) return disconnected(command);
    return this.current === 'up' ? undefined : notConnected(this.lastFailure, command);
  }

  /** The number of open connections. */
  get connections(): number {
    return this.#nodes?.connected ?? 1;
  }

  /** As `refusal`, but only when waiting cannot help: the link was closed by its owner, or is misconfigured. */
  lastingRefusal(command: string): RedisInfraError | undefined {
    return this.closedByCaller || this.current === 'misconfigured' ? this.refusal(command) : undefined;
  }

  /** Passes a command to ioredis. The promise of the command settles with the result. */
  dispatch(command: SentCommand): void {
    const client = this.connected;
    if (this.#nodes !== undefined) return this.#nodes.send(command);
    if (this.#connection !== undefined) command.listener.onWrite(this.#connection);
    void client.sendCommand(command);
  }

  /** Reads the owners of the slots from the cluster. @throws RedisInfraError CONNECTION_FAILED when no node answers */
  async slotOwners(): Promise<SlotOwners> {
    if (this.#nodes === undefined) throw notConnected(undefined);
    return this.#nodes.owners();
  }

  /**
   * Handles a command whose deadline passed without an answer, and destroys a connection that is silent during several deadlines.
   * @returns whether the server failed: it was silent, or the command had `deadlineMs`. A shorter deadline of a caller does not count.
   */
  onDeadline(connection: WatchedConnection | undefined, sentMs: number, nowMs: number): boolean {
    if (connection === undefined) return false;
    const silences = connection.onDeadline(sentMs, nowMs);
    if (silences === 1) this.#nodes?.requestSlotRefresh();
    if (silences >= MAX_SILENT_DEADLINES) connection.destroy();
    return silences > 0 || (connection.hadFullDeadline(sentMs, nowMs) && !connection.isTransferring(sentMs, nowMs));
  }

  /**
   * Whether this connection works, given that the server answers on another one. Otherwise it reconnects: a silent connection is destroyed,
   * and a closed one connects immediately.
   */
  isInUse(): boolean {
    if (this.isOpen && this.#connection?.isSilent !== true) return true;
    if (this.isOpen) this.#connection?.destroy();
    else this.retryNow();
    return false;
  }

  /** The node that owns a slot of the cluster (`host:port`); undefined when it is not known. */
  ownerOf(slot: number): string | undefined {
    return this.#nodes?.ownerOf(slot);
  }

  /** Reads the slots of the cluster again. Call it when a node does not answer, because another node may own its slots now. */
  requestSlotRefresh(): void {
    this.#nodes?.requestSlotRefresh();
  }

  /** A connection to a node of the cluster, not open yet. @throws RedisInfraError CONNECTION_FAILED when no node is known */
  probeOf(node: string, params: Readonly<Partial<RedisOptions>>): Redis {
    if (this.#nodes === undefined) throw notConnected(this.lastFailure);
    return this.#nodes.copyOf(node, params);
  }

  /** As `isInUse`, for one node of the cluster. */
  isNodeInUse(node: string): boolean {
    return this.#nodes?.isInUse(node) ?? true;
  }

  /** The identity of the server; undefined for a cluster, and when the server refuses INFO. */
  async serverIdentity(): Promise<ServerIdentity | undefined> {
    if (this.#nodes !== undefined || this.peer.forbids('INFO')) return undefined;
    return readIdentity(this.connected, this.config.connectTimeoutMs);
  }

  onChange(handler: (state: LinkState) => void): () => void {
    return this.events.on('change', handler);
  }

  private async attempt(): Promise<void> {
    if (this.#client === undefined) this.start();
    else this.retryNow();
    await this.outcome();
  }

  private start(): void {
    this.become('connecting');
    const client = createClient(this.config);
    this.#client = client;
    if (isSingle(client)) this.#connection = new WatchedConnection(client, this.deadlineMs);
    else this.#nodes = this.nodesOf(client);
    if (this.config.rotatesPassword) {
      const passwords = this.#nodes?.passwords;
      const read = passwords === undefined ? () => this.config.resolvePassword() : () => passwords.refresh();
      refreshPassword(client, read, this.config.connectTimeoutMs, {
        isCurrent: () => this.#client === client,
        onFailure: (error) => {
          this.handshake.reset();
          this.recordFailure(error);
          this.finishAttempt('down');
        },
      });
    }
    this.listen(client);
    client.connect().catch(() => {});
  }

  /** Starts the next attempt immediately if the client waits for it. */
  private retryNow(): void {
    const client = this.#client;
    const status = client?.status;
    const isWaiting = status === 'reconnecting' || status === 'wait' || status === 'end';
    if (isWaiting && !this.closedByCaller) void outsideRequests(() => client?.connect().catch(() => {}));
  }

  /** The result of the current attempt. It rejects after a timeout, for example while the server loads its data. */
  private outcome(): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        off();
        clearTimeout(timer);
        // The next caller of `open` starts another attempt.
        this.opening = undefined;
        const refusal = this.refusal();
        if (refusal === undefined) resolve();
        else reject(refusal);
      };
      const off = this.events.on('attemptEnd', settle);
      const giveUp = (): void => {
        if (!this.isOpen) this.unreachable();
        settle();
      };
      const timer = setTimeout(giveUp, this.config.connectTimeoutMs + OUTCOME_GRACE_MS);
    });
  }

  private nodesOf(client: Cluster): ClusterNodes {
    return new ClusterNodes(client, this.ticks, this.config, {
      deadlineMs: this.deadlineMs,
      fences: this.fences,
      peer: this.peer,
      // While the cluster is up, the commands to a node report its failures.
      onFailure: (error) => {
        if (this.#client === client && client.status !== 'ready') this.lastFailure = error;
      },
    });
  }

  private listen(client: Redis | Cluster): void {
    if (isSingle(client)) {
      corkWrites(client, this.ticks);
      prepareHandshake(client, { peer: this.peer, connectTimeoutMs: this.config.connectTimeoutMs });
    }
    const on = (event: string, handle: (argument: unknown) => void): void => {
      client.on(event, (argument: unknown) => this.#client === client && handle(argument));
    };
    on('connecting', () => this.handshake.reset());
    on('error', (error) => this.recordFailure(error));
    on('sentinelError', (error) => (this.lastFailure = error));
    on('ready', () => this.ready());
    on('close', () => this.failed());
    on('end', () => this.restart());
    on('reconnecting', (delayMs) => this.reconnecting(Number(delayMs ?? this.#nodes?.retryDelayMs ?? 0)));
  }

  private ready(): void {
    const client = this.#client;
    if (this.handshake.refusal !== undefined) return this.failed();
    if (client !== undefined && isSingle(client)) return void this.passFence(client);
    this.becomeUp();
  }

  /** Sets the link up when the connection is usable and commands sent on the previous one can no longer take effect. */
  private async passFence(client: Redis): Promise<void> {
    const { stream } = client;
    keepBackOff(client, this.attempts);
    const isUsable = (await isAnswering(client, this.peer)) && (await isInDatabase(client, this.peer));
    if (!isUsable) return this.#client === client ? this.failed() : undefined;
    const reading = readRole(client, this.peer, this.config.connectTimeoutMs);
    const [role, hasPassed] = await Promise.all([reading, this.fence.pass(client)]);
    if (!hasPassed || this.#client !== client || client.status !== 'ready' || client.stream !== stream) return;
    if (stream.destroyed) return;
    this.role = role;
    this.becomeUp();
  }

  /** The connection closed, or the attempt to connect failed. */
  private failed(): void {
    this.finishAttempt(this.handshake.refusal === undefined ? 'down' : 'misconfigured');
  }

  private becomeUp(): void {
    this.attempts = 0;
    if (this.#client !== undefined && isSingle(this.#client)) keepBackOff(this.#client, 0);
    this.peer.connected();
    this.handshake.reset();
    this.lastFailure = undefined;
    this.finishAttempt('up');
  }

  /** ioredis gives up when no Sentinel names a master, or when the master changes during the query. The link starts the next attempt. */
  private restart(): void {
    if (this.closedByCaller) return;
    const client = this.#client;
    const delayMs = sentinelRetryDelayMs(this.config, this.attempts + 1);
    this.failed();
    this.reconnecting(delayMs);
    clearTimeout(this.retryTimer);
    this.retryTimer = setTimeout(() => this.#client === client && this.retryNow(), delayMs);
  }

  private reconnecting(delayMs: number): void {
    this.reconnects++;
    this.events.emit('reconnecting', { attempt: ++this.attempts, delayMs });
  }

  private recordFailure(failure: unknown): void {
    this.handshake.note(nodeFailure(failure, this.lastFailure));
    this.lastFailure = this.handshake.error;
    this.lastError = lastErrorNow(notConnected(this.lastFailure));
    if (this.current !== 'up' && this.handshake.refusal === undefined) this.unreachable();
  }

  /** An attempt or the connection ended. Waiting commands proceed before the listeners of the change are called. */
  private finishAttempt(state: LinkState): void {
    const before = this.current;
    this.current = state;
    if (state === 'down' && before !== 'up') this.unreachable();
    const waiting = this.waiting;
    this.waiting = [];
    for (const proceed of waiting) proceed();
    if (state !== before) this.changed();
    this.events.emit('attemptEnd', undefined);
  }

  private unreachable(): void {
    this.events.emit('unreachable', notConnected(this.lastFailure));
  }

  private async quit(): Promise<void> {
    const client = this.#client;
    if (client === undefined) return this.finishAttempt('closed');
    if (this.current === 'up') {
      const timeout = new Promise((resolve) => setTimeout(resolve, QUIT_TIMEOUT_MS).unref());
      await Promise.race([client.quit().catch(() => {}), timeout]);
    }
    this.#client = undefined;
    clearTimeout(this.retryTimer);
    if (isSingle(client)) stopReconnecting(client);
    client.disconnect();
    if (isSingle(client)) client.stream?.destroy();
    else this.#nodes?.end();
    this.finishAttempt('closed');
  }

  private become(state: LinkState): void {
    if (state === this.current) return;
    this.current = state;
    this.changed();
  }

  private changed(): void {
    this.since = Date.now();
    this.events.emit('change', this.current);
  }
}
