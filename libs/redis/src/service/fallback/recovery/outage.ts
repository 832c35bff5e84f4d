import type { Environment } from '../../../common/time/environment.js';
import type { TypedEmitter } from '../../../common/typed-emitter.js';
import type { FallbackEvents } from '../../../domain/store-fallback.js';

/**
 * Whether the primary store is unavailable, and whether its replies can be trusted. After a connection was lost, the
 * next reply may come from a server that has lost data, so no reply is used until that is known.
 */
export class Outage {
  /** The number of lost connections. A reply to a request from before the latest loss is not used. */
  losses = 0;
  /** When the first untrusted loss happened, in monotonic milliseconds; undefined while replies are trusted. */
  private lostAtMs: number | undefined;
  private began: { readonly wallMs: number; readonly monotonicMs: number } | undefined;
  private lastReplyMs: number;

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

  get isActive(): boolean {
    return this.began !== undefined;
  }

  /** When the outage began, in milliseconds since 1970. */
  get since(): number | undefined {
    return this.began?.wallMs;
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
    this.events.emit('recovered', { downMs, replayed });
  }
}
