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
import { createClient, isSingle, refreshPassword, sentinelRetryDelayMs } from './client/client.factory.js';
import { disconnected, nodeFailure, notConnected } from '../errors/error-mapping.js';
import { isInDatabase } from './client/database-check.js';
import { HandshakeFailure } from './client/handshake-failure.js';
import { keepBackOff } from '../ioredis-seams/keep-back-off.js';
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

/** So many unanswered commands in a row, and the socket counts as dead. */
const DEADLINES_UNTIL_DEAD = 3;
/** How long a polite goodbye may take before the socket is simply closed. */
const QUIT_MS = 150;
/** How long after its timeout an attempt to connect is given to say how it ended. */
const OUTCOME_MS = 250;

/**
 * The connection to the server, or those to the nodes of a cluster, and what is known of it. It opens when asked, reconnects by
 * itself (ioredis does, with the bounded back-off of the configuration), and says at any moment why a command cannot be sent.
 */
export class RedisLink implements StoreLink {
  readonly tier = 'redis';
  readonly events = new TypedEmitter<LinkEvents>();
  /** How often it had to connect again, ever. */
  reconnects = 0;
  /** Since when the state is what it is, in milliseconds since 1970. */
  since = Date.now();
  lastError: LastError | undefined;
  /** Of the server, when the connection was made. */
  role: ServerRole = 'unknown';
  private current: LinkState = 'closed';
  /** Private for good: ioredis shows the password in its options. */
  #client: Redis | Cluster | undefined;
  /** The one connection, where there are not those of a cluster. */
  #connection: WatchedConnection | undefined;
  #nodes: ClusterNodes | undefined;
  /** While it is there, nobody knows yet how the attempt ends. */
  private opening: Promise<void> | undefined;
  private closing: Promise<void> | undefined;
  private closedByCaller = false;
  /** Why there is no connection, as far as known. */
  private lastFailure: unknown;
  private readonly handshake = new HandshakeFailure();
  /** Who waits to know whether there is a connection. */
  private waiting: (() => void)[] = [];
  /** How often in a row it had to connect again. */
  private attempts = 0;
  /** Begins the next attempt where ioredis does not by itself. */
  private retryTimer: NodeJS.Timeout | undefined;
  private readonly fence: ConnectionFence;
  /** Of the nodes of a cluster. */
  private readonly fences = new Map<string, ConnectionFence>();

  constructor(
    private readonly config: RedisConfig,
    private readonly ticks: TickScheduler,
    /** How long a command may well take. */
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

  /** Resolves when the connection is up; rejects when the first attempt failed (it goes on trying all the same). */
  async open(): Promise<void> {
    this.closedByCaller = false;
    if (this.closing !== undefined) await this.closing;
    if (this.closedByCaller) throw disconnected();
    if (this.current === 'up') return;
    // A request that asks first must not own the connection.
    await (this.opening ??= outsideRequests(() => this.attempt().finally(() => (this.opening = undefined))));
  }

  /** Ends the connection: politely if it is up, at once otherwise. */
  async close(): Promise<void> {
    this.closedByCaller = true;
    await (this.closing ??= this.quit().finally(() => (this.closing = undefined)));
  }

  /** Commands may be written. */
  get isOpen(): boolean {
    // Asked for again while the goodbye is under way, it opens anew first.
    return this.current === 'up' && !this.closedByCaller && this.closing === undefined;
  }

  /** Calls `then` when it is known whether commands can be sent, in the order asked: without an error if they can. */
  whenSettled(command: string, then: (refusal: RedisInfraError | undefined) => void): void {
    if (this.closing !== undefined && !this.closedByCaller)
      return void this.closing.then(() => this.whenSettled(command, then));
    const isPending = !this.closedByCaller && (this.opening !== undefined || this.#client === undefined);
    if (this.isOpen || !isPending) return then(this.refusal(command));
    this.waiting.push(() => then(this.refusal(command)));
    this.connectNow();
  }

  /** Connects at once where it would do so a little later; whoever asks meanwhile waits for the outcome. */
  connectNow(): void {
    if (!this.isOpen && !this.closedByCaller && this.opening === undefined) this.open().catch(() => {});
  }

  /** Why nothing can be sent now; undefined if it can. */
  refusal(command?: string): RedisInfraError | undefined {
    if (this.closedByCaller) return disconnected(command);
    return this.current === 'up' ? undefined : notConnected(this.lastFailure, command);
  }

  /** How many connections are open. */
  get connections(): number {
    return this.#nodes?.connected ?? 1;
  }

  /** Why nothing can be sent, where waiting does not mend it: it was closed by its owner, or the server will not serve us. */
  lastingRefusal(command: string): RedisInfraError | undefined {
    return this.closedByCaller || this.current === 'misconfigured' ? this.refusal(command) : undefined;
  }

  /** Hands a command to ioredis; its promise tells what came of it. */
  dispatch(command: SentCommand): void {
    const client = this.connected;
    if (this.#nodes !== undefined) return this.#nodes.send(command);
    command.wire.connection = this.#connection;
    void client.sendCommand(command);
  }

  /** Who owns which slots of the cluster, asked now. */
  async slotOwners(): Promise<SlotOwners> {
    if (this.#nodes === undefined) throw notConnected(undefined);
    return this.#nodes.owners();
  }

  /**
   * A command had no answer in its time. A socket that stays silent is dead, though nobody has said so; one that is only slower
   * than an impatient caller is not. True if the command had all the time that one may well take, or those before it had.
   */
  onDeadline(connection: WatchedConnection | undefined, sentMs: number, nowMs: number): boolean {
    if (connection === undefined) return false;
    const silences = connection.onDeadline(sentMs, nowMs);
    if (silences === 1) this.#nodes?.requestSlotRefresh();
    if (silences >= DEADLINES_UNTIL_DEAD) connection.destroy();
    return silences > 0 || (connection.hadFullDeadline(sentMs, nowMs) && !connection.isTransferring(sentMs, nowMs));
  }

  /**
   * The server answers elsewhere: whether it does here. A connection that is silent nevertheless is made anew, and one that waits for
   * its next attempt tries at once.
   */
  isInUse(): boolean {
    if (this.isOpen && this.#connection?.isSilent !== true) return true;
    if (this.isOpen) this.#connection?.destroy();
    else this.retryNow();
    return false;
  }

  /** The node that owns a slot of the cluster (`host:port`), as far as known. */
  ownerOf(slot: number): string | undefined {
    return this.#nodes?.ownerOf(slot);
  }

  /** A node of the cluster does not answer, or is gone: another may own its slots by now. */
  requestSlotRefresh(): void {
    this.#nodes?.requestSlotRefresh();
  }

  /** A connection to that node of the cluster, not open yet. @throws RedisInfraError CONNECTION_FAILED where no node is known */
  probeOf(node: string, params: Readonly<Partial<RedisOptions>>): Redis {
    if (this.#nodes === undefined) throw notConnected(this.lastFailure);
    return this.#nodes.copyOf(node, params);
  }

  /** The node answers elsewhere: whether it does here. A connection that is silent nevertheless is made anew. */
  isNodeInUse(node: string): boolean {
    return this.#nodes?.isInUse(node) ?? true;
  }

  /** Undefined in a cluster, which is many servers. */
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
      const ask = passwords === undefined ? () => this.config.resolvePassword() : () => passwords.refresh();
      refreshPassword(client, ask, this.config.connectTimeoutMs, {
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

  /** A link that is down would come up at its next attempt; asked for now, it tries now. */
  private retryNow(): void {
    const client = this.#client;
    const status = client?.status;
    const isWaiting = status === 'reconnecting' || status === 'wait' || status === 'end';
    if (isWaiting && !this.closedByCaller) void outsideRequests(() => client?.connect().catch(() => {}));
  }

  /** How the attempt under way ends. A server that takes its time (it may be loading) is waited for within bounds. */
  private outcome(): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        off();
        clearTimeout(timer);
        // From here on nobody knows of an attempt under way: whoever asks next begins one.
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
      const timer = setTimeout(giveUp, this.config.connectTimeoutMs + OUTCOME_MS);
    });
  }

  private nodesOf(client: Cluster): ClusterNodes {
    return new ClusterNodes(client, this.ticks, this.config, {
      deadlineMs: this.deadlineMs,
      fences: this.fences,
      peer: this.peer,
      // What happens to one node of a cluster that is up is for the calls to it to tell.
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
    this.connectedWell();
  }

  /** Connected, and not up before what was sent on the connection before can do no harm. */
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
    this.connectedWell();
  }

  /** The connection, or the attempt to make it, is over. */
  private failed(): void {
    this.finishAttempt(this.handshake.refusal === undefined ? 'down' : 'misconfigured');
  }

  private connectedWell(): void {
    this.attempts = 0;
    if (this.#client !== undefined && isSingle(this.#client)) keepBackOff(this.#client, 0);
    this.peer.connected();
    this.handshake.reset();
    this.lastFailure = undefined;
    this.finishAttempt('up');
  }

  /** ioredis gives up for good where no Sentinel names a master, or one names another while it is being asked for. We do not. */
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

  /** An attempt ended, or the connection did. Who waited goes first: those who are told of the change come later. */
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
      const timeout = new Promise((resolve) => setTimeout(resolve, QUIT_MS).unref());
      await Promise.race([client.quit().catch(() => {}), timeout]);
    }
    this.#client = undefined;
    clearTimeout(this.retryTimer);
    // Closed between two attempts, ioredis may make the next one, and go on.
    if (isSingle(client)) client.options.retryStrategy = () => null;
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
