import { LongTransfers } from './long-transfers.js';
import type { SocketFlush } from './socket-flush.js';

/** The reactions of the owner of a connection to its silence. */
export interface SilenceHandlers {
  /** The first deadline without a reply passed. */
  readonly onSilent: () => void;
  /** Three consecutive deadlines passed without a reply, so the socket counts as lost. */
  readonly onLost: () => void;
}

/** The number of consecutive silent deadlines after which a socket counts as lost. */
const MAX_SILENCES = 3;
/** The share of the deadline that counts as all of it: part of the deadline passes before the command is written. */
const NEARLY_ALL = 0.9;

/**
 * Decides whether a missing reply is evidence against the server. A silence is a default deadline during which a
 * connection with commands in flight received no bytes. A long reply or request that is being transferred excuses the
 * commands behind it.
 */
export class SilenceDetector {
  /**
   * Consecutive deadlines without any reply. Unlike the failures of a circuit they do not age: even a late reply would
   * have reset them, so a connection that was idle in between has been silent all the time.
   */
  private silences = 0;
  private lastAnswerMs = 0;
  /** When the last bytes arrived, a whole reply or part of one. */
  private lastBytesMs = -Infinity;
  /** When the first unanswered command was sent; Infinity if there is none. */
  private silentFromMs = Infinity;
  private lastSilenceMs = -Infinity;
  private readonly transfers: LongTransfers;

  constructor(
    /** The default deadline of a command. */
    private readonly deadlineMs: number,
    private readonly handlers: SilenceHandlers,
  ) {
    this.transfers = new LongTransfers(deadlineMs);
  }

  /** A deadline passed without a reply, and no bytes have arrived since. */
  get isSilent(): boolean {
    return this.silences > 0;
  }

  onReply(nowMs: number): void {
    this.reset();
    this.lastAnswerMs = nowMs;
  }

  /** Any bytes end the silence, even if their reply takes long to complete. */
  onBytes(nowMs: number): void {
    const isMidReply = this.lastBytesMs > this.lastAnswerMs;
    if (isMidReply) this.transfers.onReplyPart(nowMs - this.lastBytesMs, nowMs);
    this.lastBytesMs = nowMs;
    this.reset();
  }

  /** Ends the silence: a reply arrived, or the socket is replaced. */
  reset(): void {
    this.silences = 0;
    this.silentFromMs = Infinity;
  }

  /**
   * A command that was sent at `sentMs` had no reply within its deadline, which may be shorter than the default.
   * `flush` is the progress of the bytes written to the socket; undefined when it is not known.
   * @returns whether the server failed: the connection was silent, or the command waited for the full default deadline
   */
  onDeadline(sentMs: number, nowMs: number, flush: SocketFlush | undefined): boolean {
    if (!this.countSilence(sentMs, nowMs, flush))
      return this.hadFullDeadline(sentMs, nowMs) && !this.transfers.mayDelay(sentMs, nowMs);
    if (this.silences === 1) this.handlers.onSilent();
    if (this.silences >= MAX_SILENCES) this.handlers.onLost();
    return true;
  }

  /**
   * A single short deadline is no evidence against the server. Several in a row are, once there was no reply for the
   * default deadline.
   * @returns false if this is no silence, or if another command of the same time was counted already
   */
  private countSilence(sentMs: number, nowMs: number, flush: SocketFlush | undefined): boolean {
    if (flush !== undefined) this.transfers.observeRequests(flush, sentMs, nowMs);
    if (this.transfers.mayDelayRequest(sentMs)) {
      this.reset();
      return false;
    }
    if (Math.max(this.lastAnswerMs, this.lastBytesMs) >= sentMs) return false;
    this.silentFromMs = Math.min(this.silentFromMs, sentMs);
    const isCounted = nowMs - this.lastSilenceMs < this.deadlineMs / 2;
    if (isCounted || !this.hadFullDeadline(this.silentFromMs, nowMs)) return false;
    this.lastSilenceMs = nowMs;
    this.silentFromMs = nowMs;
    this.silences++;
    return true;
  }

  /** Whether a command sent at `sentMs` has waited for the full default deadline, whatever its own deadline was. */
  private hadFullDeadline(sentMs: number, nowMs: number): boolean {
    return nowMs - sentMs >= NEARLY_ALL * this.deadlineMs;
  }
}
