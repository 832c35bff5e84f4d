import { RecentDuration } from './recent-duration.js';
import { socketFlush } from './socket-flush.js';

/**
 * The replies and requests of a connection that take their time on the wire. While one is on its way, the commands behind it wait for
 * the network, so their silence says nothing of the server.
 */
export class LongTransfers {
  /** For how long parts of replies have been arriving. */
  private readonly receiving: RecentDuration;
  private flushBeganMs = -Infinity;
  private flushedMs = -Infinity;
  private leftBytes = 0;

  constructor(
    /** How long a command may well take. */
    private readonly patienceMs: number,
  ) {
    this.receiving = new RecentDuration(patienceMs);
  }

  /** Another part of a reply arrived, so long after the part before it. After a long pause that is no transfer that goes on. */
  receivedPart(afterMs: number, nowMs: number): void {
    if (afterMs < this.patienceMs / 2) this.receiving.add(afterMs, nowMs);
  }

  /**
   * A command that was sent then had no answer: looks whether a long request is leaving. That shows by comparison: more bytes have left
   * than the last time, and more wait.
   */
  noteRequests(stream: object, sentMs: number, nowMs: number): void {
    const flush = socketFlush(stream);
    if (flush === undefined) return;
    if (flush.waitingBytes > 0 && flush.leftBytes !== this.leftBytes) {
      if (!this.isLeaving(sentMs)) this.flushBeganMs = sentMs;
      this.flushedMs = nowMs;
    }
    this.leftBytes = flush.leftBytes;
  }

  /** A command that was sent then, and has no answer now, has waited for the network. */
  explain(sentMs: number, nowMs: number): boolean {
    return this.receiving.at(nowMs) >= this.patienceMs / 2 || this.isLeaving(sentMs);
  }

  /**
   * What has left the process is in buffers of the system and of proxies, which nothing tells of. It is given as long as a command may
   * well take, or as long as it took to leave.
   */
  isLeaving(sentMs: number): boolean {
    return sentMs <= this.flushedMs + Math.max(this.patienceMs, this.flushedMs - this.flushBeganMs);
  }
}
