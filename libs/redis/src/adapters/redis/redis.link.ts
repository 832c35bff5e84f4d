import type { Cluster, Redis } from 'ioredis';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import { TypedEmitter } from '../../common/typed-emitter.js';
import type { RedisConfig } from '../../config/redis.config.js';
import type { LinkState, ServerIdentity, StoreLink } from '../../domain/cache-store.js';
import { createClient, refreshPassword } from './client.factory.js';
import { misconfiguration, notConnected } from './error-mapping.js';
import type { LoopTurn } from './loop-turn.js';
import { parseIdentity } from './server-identity.js';
import { watchHandshake } from './handshake-watch.js';
import { corkWrites } from './write-cork.js';

export interface LinkEvents {
  change: LinkState;
  /** An attempt to connect ended, well or not. */
  attempted: undefined;
  reconnecting: { readonly attempt: number; readonly delayMs: number };
}

/** So many unanswered commands in a row, and the socket counts as dead. */
const DEADLINES_UNTIL_DEAD = 3;
/** How long a polite goodbye may take before the socket is simply closed. */
const QUIT_MS = 250;

/**
 * The one connection to the server, and what is known of it. It opens when asked, reconnects by itself (ioredis does, with the
 * bounded back-off of the configuration), and says at any moment why a command cannot be sent.
 */
export class RedisLink implements StoreLink {
  readonly tier = 'redis';
  readonly events = new TypedEmitter<LinkEvents>();
  /** How often it had to connect again, ever. */
  reconnects = 0;
  /** Since when the state is what it is, in milliseconds since 1970. */
  since = Date.now();
  lastError: { readonly error: RedisInfraError; readonly at: number } | undefined;

  private current: LinkState = 'closed';
  /** Private for good: ioredis shows the password in its options. */
  #client: Redis | Cluster | undefined;
  /** While it is there, nobody knows yet how the attempt ends. */
  private opening: Promise<void> | undefined;
  private closing: Promise<void> | undefined;
  private closedByCaller = false;
  /** Why there is no connection, as far as known. */
  private trouble: unknown;
  /** What went wrong since the socket connected: ioredis calls itself ready also after a refused SELECT. */
  private refusedGreeting: RedisInfraError | undefined;
  private silent = 0;
  private lastAnswerMs = 0;
  private lastSilenceMs = 0;
  /** Who waits to know whether there is a connection. */
  private waiting: (() => void)[] = [];
  /** How often in a row it had to connect again. */
  private attempts = 0;

  constructor(
    private readonly config: RedisConfig,
    private readonly turn: LoopTurn,
    /** How long a command may well take. */
    private readonly patienceMs: number,
  ) {}

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
    if (this.closedByCaller) throw closed();
    if (this.current === 'up') return;
    await (this.opening ??= this.attempt().finally(() => (this.opening = undefined)));
  }

  /** Ends the connection: politely if it is up, at once otherwise. */
  async close(): Promise<void> {
    this.closedByCaller = true;
    await (this.closing ??= this.goodbye().finally(() => (this.closing = undefined)));
  }

  /** Commands may be written. */
  get isOpen(): boolean {
    return this.current === 'up' && !this.closedByCaller;
  }

  /** Calls `then` when it is known whether commands can be sent, in the order asked: without an error if they can. */
  whenKnown(command: string, then: (refusal: RedisInfraError | undefined) => void): void {
    const isUnknown = !this.closedByCaller && (this.opening !== undefined || this.#client === undefined);
    if (this.isOpen || !isUnknown) return then(this.refusal(command));
    this.waiting.push(() => then(this.refusal(command)));
    if (this.opening === undefined) this.open().catch(() => {});
  }

  /** Why nothing can be sent now; undefined if it can. */
  refusal(command?: string): RedisInfraError | undefined {
    if (this.closedByCaller) return closed(command);
    return this.current === 'up' ? undefined : notConnected(this.trouble, command);
  }

  /** An answer came. */
  answered(): void {
    this.silent = 0;
    this.lastAnswerMs = performance.now();
  }

  /**
   * A command had no answer in its time. A socket that stays silent is dead, though nobody has said so; one that is only slower
   * than an impatient caller is not.
   */
  unanswered(sentMs: number): void {
    const nowMs = performance.now();
    const isSilent = this.lastAnswerMs < sentMs && nowMs - sentMs >= this.patienceMs;
    // Commands that were sent together are one silence, not many.
    if (!isSilent || nowMs - this.lastSilenceMs < this.patienceMs / 2) return;
    this.lastSilenceMs = nowMs;
    if (++this.silent < DEADLINES_UNTIL_DEAD || this.#client === undefined || !isSingle(this.#client)) return;
    this.silent = 0;
    this.#client.stream.destroy();
  }

  async serverIdentity(): Promise<ServerIdentity | undefined> {
    const timeout = new Promise<undefined>((resolve) => {
      setTimeout(() => resolve(undefined), this.config.connectTimeoutMs).unref();
    });
    const info = await Promise.race([this.connected.info('server', 'replication').catch(() => undefined), timeout]);
    return info === undefined ? undefined : parseIdentity(info);
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
    if (this.config.rotatesPassword && isSingle(client)) {
      refreshPassword(client, this.config, {
        isWanted: () => this.#client === client,
        onFailure: (error) => {
          this.note(error);
          this.ended('down');
        },
      });
    }
    this.listen(client);
    client.connect().catch(() => {});
  }

  /** A link that is down would come up at its next attempt; asked for now, it tries now. */
  private retryNow(): void {
    const status = this.#client?.status;
    if (status === 'reconnecting' || status === 'wait') this.#client?.connect().catch(() => {});
  }

  /** How the attempt under way ends. A server that takes its time (it may be loading) is waited for within bounds. */
  private outcome(): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        off();
        clearTimeout(timer);
        const refusal = this.refusal();
        if (refusal === undefined) resolve();
        else reject(refusal);
      };
      const off = this.events.on('attempted', settle);
      const timer = setTimeout(settle, this.config.connectTimeoutMs + QUIT_MS);
    });
  }

  private listen(client: Redis | Cluster): void {
    if (isSingle(client)) {
      corkWrites(client, this.turn);
      watchHandshake(client, this.config.connectTimeoutMs);
    }
    const whileCurrent =
      <A extends unknown[]>(handle: (...args: A) => void) =>
      (...args: A): void => {
        if (this.#client === client) handle(...args);
      };
    client.on(
      'connect',
      whileCurrent(() => (this.refusedGreeting = undefined)),
    );
    client.on(
      'error',
      whileCurrent((error: unknown) => this.note(error)),
    );
    client.on(
      'ready',
      whileCurrent(() => this.ready()),
    );
    client.on(
      'close',
      whileCurrent(() => this.ended(this.refusedGreeting === undefined ? 'down' : 'misconfigured')),
    );
    client.on(
      'reconnecting',
      whileCurrent((delayMs: number) => this.reconnecting(delayMs)),
    );
  }

  private ready(): void {
    this.silent = 0;
    this.attempts = 0;
    if (this.refusedGreeting === undefined) this.trouble = undefined;
    this.ended(this.refusedGreeting === undefined ? 'up' : 'misconfigured');
  }

  private reconnecting(delayMs: number): void {
    this.reconnects++;
    this.events.emit('reconnecting', { attempt: ++this.attempts, delayMs });
  }

  private note(error: unknown): void {
    this.refusedGreeting = misconfiguration(error);
    this.trouble = this.refusedGreeting ?? error;
    this.lastError = { error: notConnected(this.trouble), at: Date.now() };
  }

  /** An attempt ended, or the connection did. Who waited goes first: those who are told of the change come later. */
  private ended(state: LinkState): void {
    const before = this.current;
    this.current = state;
    const waiting = this.waiting;
    this.waiting = [];
    for (const proceed of waiting) proceed();
    if (state !== before) this.changed();
    this.events.emit('attempted', undefined);
  }

  private async goodbye(): Promise<void> {
    const client = this.#client;
    if (client === undefined) return this.ended('closed');
    if (this.current === 'up') {
      const timeout = new Promise((resolve) => setTimeout(resolve, QUIT_MS).unref());
      await Promise.race([client.quit().catch(() => {}), timeout]);
    }
    this.#client = undefined;
    client.disconnect();
    if (isSingle(client)) client.stream?.destroy();
    this.ended('closed');
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

function closed(command?: string): RedisInfraError {
  const notSent = command === undefined ? '' : `${command} was not sent: `;
  return new RedisInfraError('CLOSED', `${notSent}the store was disconnected; call connect() to use it again`);
}

function isSingle(client: Redis | Cluster): client is Redis {
  return !client.isCluster;
}
