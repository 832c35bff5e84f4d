import { outsideRequests } from '../../common/async-context.js';
import type { Clock } from '../../common/clock.js';
import type { RedisInfraError } from '../../common/redis-infra.error.js';
import { TypedEmitter } from '../../common/typed-emitter.js';
import type { LinkState } from '../../domain/link-state.js';
import { disconnected } from '../errors/error-mapping.js';
import type { LastError } from '../resilience/last-error.js';
import type { LinkEvents } from '../wire/link-events.js';
import { ConnectionFailures } from './connection-failures.js';
import type { ClientEvents, ConnectingClient } from './link-client.js';

/** The time that QUIT may take before the socket is closed without it. */
const QUIT_TIMEOUT_MS = 150;
/** The additional time after `connectTimeout` in which ioredis reports the result of an attempt. */
const RESULT_GRACE_MS = 250;

export interface LifecycleParts {
  /** Creates a client that is not connected yet. */
  readonly createClient: () => ConnectingClient;
  readonly connectTimeoutMs: number;
  /** The delay before the next attempt after a client gave up, in milliseconds; `attempt` counts from 1. */
  readonly retryDelayMs: (attempt: number) => number;
  readonly clock: Clock;
}

/**
 * The state of a link: `closed`, `connecting`, `up`, `down` or `misconfigured`. It opens and closes the client, decides
 * when an attempt has ended, and runs the callbacks that wait for it. It does not know whether the client connects to
 * one server or to a cluster.
 */
export class ConnectionLifecycle {
  readonly events = new TypedEmitter<LinkEvents>();
  /** The number of reconnects since the link was created. */
  reconnects = 0;
  /** When the current state began, in milliseconds since 1970. */
  since: number;
  private current: LinkState = 'closed';
  /** A `#private` field, so that a printed link does not show the password in the options of the client. */
  #client: ConnectingClient | undefined;
  /** The current attempt to connect; undefined when its result is known. */
  private opening: Promise<void> | undefined;
  private closing: Promise<void> | undefined;
  private closedByCaller = false;
  private readonly failures: ConnectionFailures;
  /** Callbacks that wait for the result of the current attempt. */
  private waiting: (() => void)[] = [];
  /** The number of reconnects since the link was last up. */
  private attempts = 0;
  /** Starts the next attempt after the client has given up. */
  private retryTimer: NodeJS.Timeout | undefined;

  constructor(private readonly parts: LifecycleParts) {
    this.since = parts.clock.wallMs();
    this.failures = new ConnectionFailures(parts.clock);
  }

  get state(): LinkState {
    return this.current;
  }

  get lastError(): LastError | undefined {
    return this.failures.lastError;
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

  /**
   * Calls `then` when it is known whether commands can be sent, in the order of the calls, and without an error if they
   * can. Connects if no attempt is running.
   */
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

  /**
   * Starts the next attempt immediately if the client waits for it. Unlike `connectNow`, nothing waits for its result.
   */
  skipBackOff(): void {
    if (!this.closedByCaller) this.#client?.connectNow();
  }

  /** The error for a command that cannot be sent now; undefined if it can. */
  refusal(command?: string): RedisInfraError | undefined {
    if (this.closedByCaller) return disconnected(command);
    return this.current === 'up' ? undefined : this.failures.error(command);
  }

  /** As `refusal`, but only when waiting cannot help: the link was closed with `close()`, or is misconfigured. */
  lastingRefusal(command: string): RedisInfraError | undefined {
    return this.closedByCaller || this.current === 'misconfigured' ? this.refusal(command) : undefined;
  }

  onChange(handler: (state: LinkState) => void): () => void {
    return this.events.on('change', handler);
  }

  private async attempt(): Promise<void> {
    if (this.#client === undefined) this.start();
    else this.skipBackOff();
    await this.attemptResult();
  }

  private start(): void {
    const before = this.current;
    this.current = 'connecting';
    if (before !== 'connecting') this.changed();
    const client = this.parts.createClient();
    this.#client = client;
    const on = <E extends keyof ClientEvents>(event: E, handle: (payload: ClientEvents[E]) => void): void => {
      client.events.on(event, (payload) => this.#client === client && handle(payload));
    };
    on('connecting', () => this.failures.attemptBegins());
    on('error', (error) => this.recordFailure(error));
    on('cause', (error) => this.failures.recordCause(error));
    on('passwordFailed', (error) => this.passwordFailed(error));
    on('ready', () => this.ready(client));
    on('closed', () => this.failed());
    on('gaveUp', () => this.restart());
    on('reconnecting', (delayMs) => this.reconnecting(delayMs));
    client.connect();
  }

  /** The result of the current attempt. It rejects after a timeout, for example while the server loads its data. */
  private attemptResult(): Promise<void> {
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
      const timer = setTimeout(giveUp, this.parts.connectTimeoutMs + RESULT_GRACE_MS);
    });
  }

  private ready(client: ConnectingClient): void {
    if (this.failures.isLasting) return this.failed();
    client.whenUsable(this.attempts, (isUsable) => {
      if (this.#client !== client) return;
      if (isUsable) this.becomeUp();
      else this.failed();
    });
  }

  private becomeUp(): void {
    this.attempts = 0;
    this.failures.clear();
    this.finishAttempt('up');
  }

  private recordFailure(error: unknown): void {
    this.failures.record(error);
    if (this.current !== 'up' && !this.failures.isLasting) this.unreachable();
  }

  private passwordFailed(error: unknown): void {
    // The client opened no socket, so it did not emit `connecting`, which begins an attempt otherwise.
    this.failures.attemptBegins();
    this.recordFailure(error);
    this.finishAttempt('down');
  }

  /** The connection closed, or the attempt to connect failed. */
  private failed(): void {
    this.finishAttempt(this.failures.isLasting ? 'misconfigured' : 'down');
  }

  /** The client gave up, for example because no Sentinel names a master. The link starts the next attempt. */
  private restart(): void {
    if (this.closedByCaller) return;
    const delayMs = this.parts.retryDelayMs(this.attempts + 1);
    this.failed();
    this.reconnecting(delayMs);
    clearTimeout(this.retryTimer);
    this.retryTimer = setTimeout(() => this.skipBackOff(), delayMs);
  }

  private reconnecting(delayMs: number): void {
    this.reconnects++;
    this.events.emit('reconnecting', { attempt: ++this.attempts, delayMs });
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
    this.events.emit('unreachable', this.failures.error());
  }

  private async quit(): Promise<void> {
    const client = this.#client;
    if (client === undefined) return this.finishAttempt('closed');
    if (this.current === 'up') {
      const timeout = new Promise((resolve) => setTimeout(resolve, QUIT_TIMEOUT_MS).unref());
      await Promise.race([client.quit(), timeout]);
    }
    this.#client = undefined;
    clearTimeout(this.retryTimer);
    client.end();
    this.finishAttempt('closed');
  }

  private changed(): void {
    this.since = this.parts.clock.wallMs();
    this.events.emit('change', this.current);
  }
}
