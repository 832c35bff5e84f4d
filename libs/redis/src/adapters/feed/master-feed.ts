import type { Clock } from '../../common/clock.js';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import { reconnectDelayMs } from '../../config/reconnect.strategy.js';
import type { NodeName } from '../connection/link-client.js';
import { toRedisInfraError } from '../errors/error-mapping.js';
import { isLastingRefusal } from '../errors/handshake-error.js';
import type { Scheduler } from '../resilience/scheduler.js';
import type { DataPath } from './data-path.js';
import { FeedConnection } from './feed-connection.js';

/** How often the server is asked whether the feed is up to date. */
const HEARTBEAT_MS = 500;
/** A feed connection without an answer for this long is replaced. */
const SOCKET_TIMEOUT_MS = 1000;

export interface MasterFeedParts {
  readonly path: DataPath;
  readonly prefixes: readonly string[];
  readonly connectTimeoutMs: number;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
}

/** What a feed of one master reports. */
export interface MasterFeedListener {
  /** Called with the keys that changed; null means any key. */
  readonly onKeys: (keys: readonly string[] | null) => void;
  /** `confirmedMs` changed. */
  readonly onConfirmed: () => void;
  /** Changes may be missed from now on. */
  readonly onGap: () => void;
  /** The server does not permit a feed. */
  readonly onRefused: (error: RedisInfraError) => void;
}

/**
 * Keeps a feed connection to one master, and checks twice a second that it is up to date: the server answers PING on
 * it, and the connection of callers still reaches the same server as a master. A change of roles closes no connection.
 */
export class MasterFeed {
  /** All changes up to this moment are reported (monotonic milliseconds). -Infinity before the first check. */
  confirmedMs = -Infinity;
  private connection: FeedConnection | undefined;
  private isTracking = false;
  private isClosed = false;
  private attempts = 0;
  /** The number of the current check. The results of earlier ones do not count. */
  private check = 0;
  private cancelTimer = (): void => {};

  constructor(
    private readonly node: NodeName,
    private readonly parts: MasterFeedParts,
    private readonly listener: MasterFeedListener,
  ) {}

  /** Connects, and again after each loss. */
  start(): void {
    void this.connect();
  }

  /** Checks again which server the connections of callers reach. Until then the feed is not confirmed. */
  recheck(): void {
    this.confirmedMs = -Infinity;
    if (this.isTracking) void this.verify();
  }

  close(): void {
    this.isClosed = true;
    this.confirmedMs = -Infinity;
    this.cancelCheck();
    this.cancelTimer();
    this.connection?.close();
  }

  private async connect(): Promise<void> {
    if (this.parts.path.forbidsTracking) return this.listener.onRefused(closesAtTracking());
    const connection = await this.open().catch(() => undefined);
    if (connection === undefined) return this.retry();
    const cancelTimeout = this.parts.scheduler.after(this.parts.connectTimeoutMs, () => connection.close());
    try {
      await connection.connect();
      await this.track(connection);
    } catch {
      connection.close();
    } finally {
      cancelTimeout();
    }
  }

  private async open(): Promise<FeedConnection | undefined> {
    const redis = await this.parts.path.createDedicated(this.node);
    if (this.isClosed) return undefined;
    const connection: FeedConnection = new FeedConnection(redis, {
      prefixes: this.parts.prefixes,
      onKeys: this.listener.onKeys,
      onClosed: () => this.onConnectionClosed(connection),
    });
    this.connection = connection;
    return connection;
  }

  private async track(connection: FeedConnection): Promise<void> {
    try {
      await connection.track();
    } catch (error) {
      if (!isLastingRefusal(error) || this.isClosed) throw error;
      return this.listener.onRefused(toRedisInfraError(error, 'CLIENT TRACKING'));
    }
    if (this.connection !== connection || this.isClosed) return;
    this.isTracking = true;
    await this.verify();
  }

  /** Checks that the connections of callers reach the server of the feed, and that it is a master. */
  private async verify(): Promise<void> {
    const { path, clock } = this.parts;
    const check = this.beginCheck();
    const sentMs = clock.monotonicMs();
    const [isSameServer, role] = await Promise.all([
      path.reaches(this.node, this.connection?.runId),
      path.roleOf(this.node),
    ]);
    if (check !== this.check) return;
    if (!isSameServer) return this.connection?.close();
    if (role === 'master') return this.confirm(sentMs);
    if (typeof role === 'object') return this.listener.onRefused(role);
    path.refreshSlots();
    this.cancelTimer = this.parts.scheduler.after(HEARTBEAT_MS, () => void this.verify());
  }

  /**
   * One PING at a time: the server answers it before it executes anything that was sent after the answer, so the answer
   * follows the reports of all changes before the PING was sent.
   */
  private async heartbeat(connection: FeedConnection): Promise<void> {
    const { path, clock, scheduler } = this.parts;
    const check = this.beginCheck();
    const sentMs = clock.monotonicMs();
    const role = path.roleOf(this.node);
    const cancelTimeout = scheduler.after(SOCKET_TIMEOUT_MS, () => connection.close());
    await connection.ping().catch(() => connection.close());
    cancelTimeout();
    const currentRole = await role;
    if (check !== this.check) return;
    if (currentRole === 'master') return this.confirm(sentMs);
    // Without an answer nothing is known, and nothing is missed.
    if (currentRole === 'unknown') return this.scheduleHeartbeat(sentMs);
    this.confirmedMs = -Infinity;
    this.listener.onGap();
    await this.verify();
  }

  private confirm(sentMs: number): void {
    this.attempts = 0;
    this.confirmedMs = sentMs;
    this.scheduleHeartbeat(sentMs);
    this.listener.onConfirmed();
  }

  private scheduleHeartbeat(lastMs: number): void {
    const { clock, scheduler } = this.parts;
    const { connection } = this;
    if (connection === undefined) return;
    const waitMs = Math.max(0, lastMs + HEARTBEAT_MS - clock.monotonicMs());
    this.cancelTimer = scheduler.after(waitMs, () => void this.heartbeat(connection));
  }

  private beginCheck(): number {
    this.cancelCheck();
    return this.check;
  }

  private cancelCheck(): void {
    this.check++;
    this.cancelTimer();
  }

  private onConnectionClosed(connection: FeedConnection): void {
    if (this.connection !== connection) return;
    this.connection = undefined;
    this.isTracking = false;
    this.confirmedMs = -Infinity;
    this.cancelCheck();
    if (this.isClosed) return;
    this.listener.onGap();
    this.retry();
  }

  private retry(): void {
    if (this.isClosed) return;
    this.cancelTimer();
    this.cancelTimer = this.parts.scheduler.after(reconnectDelayMs(++this.attempts), () => void this.connect());
  }
}

function closesAtTracking(): RedisInfraError {
  return new RedisInfraError(
    'UNSUPPORTED',
    'the server closes each connection that sends CLIENT, so it reports no changes',
  );
}
