import type { Environment } from '../../../common/time/environment.js';
import type { TypedEmitter } from '../../../common/typed-emitter.js';
import type { FallbackEvents } from '../../../domain/store-fallback.js';

/**
 * For so long after a loss a change waits for the next connection. In a longer outage no call waits. The store refuses it
 * earlier, once it cannot connect.
 */
const RECONNECT_MS = 100;

/**
 * Whether the primary store is unavailable, and whether its replies can be trusted. After a connection was lost, the
 * next reply may come from a server that has lost data, so no reply is used until that is known.
 */
export class Outage {
  /** The number of lost connections. A reply to a request from before the latest loss is not used. */
  losses = 0;
  /** When the first untrusted loss happened, in monotonic milliseconds; undefined while replies are trusted. */
  private lostAtMs: number | undefined;
  /** A connection was lost in this outage. */
  private hadLoss = false;
  private began: { readonly wallMs: number; readonly monotonicMs: number } | undefined;
  private lastReplyMs: number;
  /** How long the outages that have ended took together, in milliseconds. */
  private endedMs = 0;

  constructor(
    private readonly environment: Environment,
    private readonly events: TypedEmitter<FallbackEvents>,
    /** Called when an outage begins. */
    private readonly onBegin: () => void,
  ) {
    this.lastReplyMs = environment.clock.monotonicMs();
  }

  /** No reply of the primary store is used. */
  get isUntrusted(): boolean {
    return this.lostAtMs !== undefined;
  }

  /**
   * Whether a change is sent to the primary store. Also immediately after a loss: a connection that is lost for a moment
   * must not cost the values that are written meanwhile. What is sent changes the server that is in use next, so it is not
   * necessary to know which one that is.
   */
  get acceptsChanges(): boolean {
    return this.lostAtMs === undefined || this.environment.clock.monotonicMs() - this.lostAtMs < RECONNECT_MS;
  }

  /**
   * The primary store answers reads, and refuses changes. After the loss of a connection that is not known: what it has
   * refused may be accepted by now.
   */
  get isRefusing(): boolean {
    return this.isActive && !this.hadLoss;
  }

  get isActive(): boolean {
    return this.began !== undefined;
  }

  /** When the outage began, in milliseconds since 1970. */
  get since(): number | undefined {
    return this.began?.wallMs;
  }

  /** How long all outages took together, in milliseconds, including the current one. */
  get totalMs(): number {
    const { began } = this;
    const currentMs = began === undefined ? 0 : this.environment.clock.monotonicMs() - began.monotonicMs;
    return this.endedMs + currentMs;
  }

  /** For how long nothing is known of the server, in milliseconds. */
  get unknownForMs(): number {
    return this.environment.clock.monotonicMs() - this.lastKnownMs;
  }

  /** The last moment at which the server was known to be the same, in monotonic milliseconds. */
  get lastKnownMs(): number {
    return Math.min(this.lastReplyMs, this.lostAtMs ?? Infinity);
  }

  /** The primary store has answered a request that was sent at this moment. */
  replied(sentMs: number): void {
    if (sentMs > this.lastReplyMs) this.lastReplyMs = sentMs;
  }

  /** A connection was lost: no reply is used until `trust()`. */
  lost(): void {
    this.losses++;
    this.hadLoss = true;
    this.lostAtMs ??= this.environment.clock.monotonicMs();
    this.begin();
  }

  begin(): void {
    if (this.began !== undefined) return;
    const { clock } = this.environment;
    this.began = { wallMs: clock.wallMs(), monotonicMs: clock.monotonicMs() };
    this.events.emit('degraded', { since: this.began.wallMs });
    this.onBegin();
  }

  /** The server is known: its replies are used again. */
  trust(): void {
    this.lostAtMs = undefined;
  }

  end(replayed: number): void {
    if (this.began === undefined) return;
    const downMs = this.environment.clock.monotonicMs() - this.began.monotonicMs;
    this.began = undefined;
    this.endedMs += downMs;
    this.hadLoss = false;
    this.events.emit('recovered', { downMs, replayed });
  }
}
