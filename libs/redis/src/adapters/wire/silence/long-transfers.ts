import { RecentDuration } from './recent-duration.js';
import type { SocketFlush } from './socket-flush.js';

/**
 * Detects long replies and requests on a connection. While one is being transferred, the commands behind it wait for
 * the network, so a missing reply is no evidence against the server.
 */
export class LongTransfers {
  /** How long parts of replies have been arriving. */
  private readonly receiving: RecentDuration;
  private flushStartMs = -Infinity;
  private lastFlushMs = -Infinity;
  private flushedBytes = 0;

  constructor(
    /** The default deadline of a command. */
    private readonly deadlineMs: number,
  ) {
    this.receiving = new RecentDuration(deadlineMs);
  }

  /**
   * Another part of a reply arrived, `afterMs` after the previous part. A part after a long pause is not the same
   * transfer.
   */
  onReplyPart(afterMs: number, nowMs: number): void {
    if (afterMs < this.deadlineMs / 2) this.receiving.add(afterMs, nowMs);
  }

  /**
   * Call it when a command sent at `sentMs` has no reply: checks whether a long request is being sent. It is if bytes
   * are buffered and more bytes have left the process than at the last check.
   */
  observeRequests({ bufferedBytes, flushedBytes }: SocketFlush, sentMs: number, nowMs: number): void {
    if (bufferedBytes > 0 && flushedBytes !== this.flushedBytes) {
      if (!this.mayDelayRequest(sentMs)) this.flushStartMs = sentMs;
      this.lastFlushMs = nowMs;
    }
    this.flushedBytes = flushedBytes;
  }

  /** True if a transfer may explain that a command sent at `sentMs` has no reply yet. */
  mayDelay(sentMs: number, nowMs: number): boolean {
    return this.receiving.at(nowMs) >= this.deadlineMs / 2 || this.mayDelayRequest(sentMs);
  }

  /**
   * True if a long request may explain it. Bytes that have left the process may still be in buffers of the system or of
   * a proxy, which cannot be observed. They get one deadline, or as long as they took to leave the process.
   */
  mayDelayRequest(sentMs: number): boolean {
    return sentMs <= this.lastFlushMs + Math.max(this.deadlineMs, this.lastFlushMs - this.flushStartMs);
  }
}
