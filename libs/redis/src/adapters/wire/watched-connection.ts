import type { Redis } from 'ioredis';
import { LongTransfers } from './long-transfers.js';

/** A command had its time if it had nearly all of it: it waits for the end of its turn, too. */
const NEARLY_ALL = 0.9;

/**
 * A connection, and how long it has been silent. ioredis shows the password in its options, so it is private here: commands that
 * are under way lead to it.
 */
export class WatchedConnection {
  /** Of the node at its other end, `host:port`. */
  readonly node: string;
  readonly #redis: Redis;
  /**
   * Deadlines in a row without any answer. They do not age, unlike failures in the circuit breaker: an answer that came late, even an
   * hour later, would have reset them, so what is idle in between has been silent all that time.
   */
  private silences = 0;
  private lastAnswerMs = 0;
  /** Since when nothing is answered; Infinity where nothing has been asked in vain. */
  private silentFromMs = Infinity;
  private lastSilenceMs = -Infinity;
  private isCloseReported = false;
  /** When bytes arrived last, be they a whole reply or a part of one. */
  private lastBytesMs = -Infinity;
  private readonly transfers: LongTransfers;

  constructor(
    redis: Redis,
    /** How long a command may well take. */
    private readonly deadlineMs: number,
  ) {
    this.#redis = redis;
    this.node = `${redis.options.host}:${redis.options.port}`;
    this.transfers = new LongTransfers(deadlineMs);
    redis.on('connect', () => redis.stream.on('data', () => this.received(performance.now())));
    redis.on('ready', () => {
      this.endSilence();
      this.isCloseReported = false;
    });
  }

  onReply(nowMs: number): void {
    this.endSilence();
    this.lastAnswerMs = nowMs;
  }

  /** Bytes arrived: the server is not silent, however long the reply takes that they are a part of. */
  private received(nowMs: number): void {
    const isMidReply = this.lastBytesMs > this.lastAnswerMs;
    if (isMidReply) this.transfers.receivedPart(nowMs - this.lastBytesMs, nowMs);
    this.lastBytesMs = nowMs;
    this.endSilence();
  }

  /** Commands had no answer, and none has had one since. */
  get isSilent(): boolean {
    return this.silences > 0;
  }

  /** A command that was sent then had all the time that one may well take. */
  isLong(sentMs: number, nowMs: number): boolean {
    return nowMs - sentMs >= NEARLY_ALL * this.deadlineMs;
  }

  /** A command that was sent then, and has no answer now, waited behind a long reply or request: that says nothing of the server. */
  isTransferring(sentMs: number, nowMs: number): boolean {
    return this.transfers.explain(sentMs, nowMs);
  }

  /** Its socket is gone, and commands with it. True the first time: that is one failure, however many they were. */
  onClose(): boolean {
    if (this.isCloseReported) return false;
    this.isCloseReported = true;
    return true;
  }

  /**
   * A command had no answer in its time. One of an impatient caller says nothing of the server; but several, one after the other, do once
   * nothing was answered for as long as a command may well take.
   * @returns how many such silences in a row that makes; 0 where it makes none, or another command of that time counted already
   */
  onDeadline(sentMs: number, nowMs: number): number {
    this.transfers.noteRequests(this.#redis.stream, sentMs, nowMs);
    if (this.transfers.isLeaving(sentMs)) {
      this.endSilence();
      return 0;
    }
    if (Math.max(this.lastAnswerMs, this.lastBytesMs) >= sentMs) return 0;
    this.silentFromMs = Math.min(this.silentFromMs, sentMs);
    // Commands that were sent together are one silence, not many.
    if (!this.isLong(this.silentFromMs, nowMs) || nowMs - this.lastSilenceMs < this.deadlineMs / 2) return 0;
    this.lastSilenceMs = nowMs;
    this.silentFromMs = nowMs;
    return ++this.silences;
  }

  private endSilence(): void {
    this.silences = 0;
    this.silentFromMs = Infinity;
  }

  /** It will not answer any more. */
  destroy(): void {
    this.silences = 0;
    this.#redis.stream?.destroy();
  }
}
