import type { Redis } from 'ioredis';
import { LongTransfers } from './long-transfers.js';

/** The share of the deadline that counts as all of it: part of the deadline passes before the command is written. */
const NEARLY_ALL = 0.9;

/**
 * One connection and its silence: deadlines that pass without a reply. The ioredis client is a private field: its options contain the
 * password, and commands in flight refer to this object.
 */
export class WatchedConnection {
  /** The connected node, `host:port`. */
  readonly node: string;
  readonly #redis: Redis;
  /**
   * Consecutive deadlines without any reply. Unlike the failures of a circuit they do not age: even a late reply would have reset them, so
   * a connection that was idle in between has been silent all the time.
   */
  private silences = 0;
  private lastAnswerMs = 0;
  /** When the first unanswered command was sent; Infinity if there is none. */
  private silentFromMs = Infinity;
  private lastSilenceMs = -Infinity;
  private isCloseReported = false;
  /** When the last bytes arrived, a whole reply or part of one. */
  private lastBytesMs = -Infinity;
  private readonly transfers: LongTransfers;

  constructor(
    redis: Redis,
    /** The default deadline of a command. */
    private readonly deadlineMs: number,
  ) {
    this.#redis = redis;
    this.node = `${redis.options.host}:${redis.options.port}`;
    this.transfers = new LongTransfers(deadlineMs);
    redis.on('connect', () => redis.stream.on('data', () => this.onBytes(performance.now())));
    redis.on('ready', () => {
      this.endSilence();
      this.isCloseReported = false;
    });
  }

  onReply(nowMs: number): void {
    this.endSilence();
    this.lastAnswerMs = nowMs;
  }

  /** Any bytes end the silence, even if their reply takes long to complete. */
  private onBytes(nowMs: number): void {
    const isMidReply = this.lastBytesMs > this.lastAnswerMs;
    if (isMidReply) this.transfers.onReplyPart(nowMs - this.lastBytesMs, nowMs);
    this.lastBytesMs = nowMs;
    this.endSilence();
  }

  /** A deadline passed without a reply, and no reply has arrived since. */
  get isSilent(): boolean {
    return this.silences > 0;
  }

  /** True if a command sent at `sentMs` has waited for the full default deadline, whatever its own deadline was. */
  hadFullDeadline(sentMs: number, nowMs: number): boolean {
    return nowMs - sentMs >= NEARLY_ALL * this.deadlineMs;
  }

  /** True if a long reply or request may explain that a command sent at `sentMs` has no reply yet. */
  isTransferring(sentMs: number, nowMs: number): boolean {
    return this.transfers.mayDelay(sentMs, nowMs);
  }

  /** The socket closed with commands in flight. @returns true the first time: it is one failure for all of them */
  onClose(): boolean {
    if (this.isCloseReported) return false;
    this.isCloseReported = true;
    return true;
  }

  /**
   * A command had no reply within its deadline. A single short deadline is no evidence against the server. Several in a row are, once there
   * was no reply for the default deadline.
   * @returns the number of consecutive silences; 0 if this is none, or if another command of the same time was counted already
   */
  onDeadline(sentMs: number, nowMs: number): number {
    this.transfers.observeRequests(this.#redis.stream, sentMs, nowMs);
    if (this.transfers.mayDelayRequest(sentMs)) {
      this.endSilence();
      return 0;
    }
    if (Math.max(this.lastAnswerMs, this.lastBytesMs) >= sentMs) return 0;
    this.silentFromMs = Math.min(this.silentFromMs, sentMs);
    // Commands that were sent together count as one silence.
    if (!this.hadFullDeadline(this.silentFromMs, nowMs) || nowMs - this.lastSilenceMs < this.deadlineMs / 2) return 0;
    this.lastSilenceMs = nowMs;
    this.silentFromMs = nowMs;
    return ++this.silences;
  }

  private endSilence(): void {
    this.silences = 0;
    this.silentFromMs = Infinity;
  }

  /** Closes the socket: the server will not reply on it. */
  destroy(): void {
    this.silences = 0;
    this.#redis.stream?.destroy();
  }
}
