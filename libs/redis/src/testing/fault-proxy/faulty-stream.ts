import type { Socket } from 'node:net';
import { systemClock } from '../../common/clock.js';
import type { DirectionFaults } from './direction-faults.js';
import { resetSocket } from './reset-socket.js';

/** With more bytes buffered, the sender is not read, so it sees backpressure as on a slow network. */
const BUFFER_BYTES = 256 * 1024;
/** How many portions a second are forwarded under a speed limit. */
const PORTIONS_PER_SECOND = 20;

/** One item to forward, in order: bytes, the sender's orderly end, or its abrupt end. */
type Item = { readonly at: number; bytes: Buffer } | { readonly at: number; readonly ends: 'end' | 'reset' };

/** One direction of a connection: forwards bytes from one socket to the other, subject to the faults. */
export class FaultyStream {
  /** Whether bytes were discarded, so that the receiver would misread the bytes that follow. */
  broken = false;
  private readonly queue: Item[] = [];
  private buffered = 0;
  private freeAt = 0;
  private timer: NodeJS.Timeout | undefined;

  /** `pass` forwards the bytes it receives. */
  constructor(
    private readonly from: Socket,
    private readonly to: Socket,
    private readonly faults: Readonly<DirectionFaults>,
    private readonly pass: (bytes: Buffer) => void,
  ) {
    from.on('data', (bytes: Buffer) => this.take({ at: systemClock.monotonicMs(), bytes }));
    from.on('end', () => this.take({ at: systemClock.monotonicMs(), ends: 'end' }));
    from.on('error', () => this.take({ at: systemClock.monotonicMs(), ends: 'reset' }));
    to.on('drain', () => this.pump());
  }

  /** Forwards everything that is due. Call it when the faults have changed. */
  pump(): void {
    clearTimeout(this.timer);
    if (this.faults.swallow) this.discard();
    for (let item = this.queue[0]; item !== undefined && !this.mustWait(item); item = this.queue[0]) this.forward(item);
    if (this.buffered >= BUFFER_BYTES) this.from.pause();
    else this.from.resume();
  }

  /** Forwards nothing from now on. */
  stop(): void {
    clearTimeout(this.timer);
    this.queue.length = 0;
    this.buffered = 0;
  }

  private take(item: Item): void {
    this.queue.push(item);
    if ('bytes' in item) this.buffered += item.bytes.length;
    this.pump();
  }

  private discard(): void {
    this.broken ||= this.queue.length > 0;
    this.queue.length = 0;
    this.buffered = 0;
  }

  private mustWait(item: Item): boolean {
    if (this.faults.hold || this.to.writableNeedDrain) return true;
    const now = systemClock.monotonicMs();
    const wait = Math.max(item.at + this.faults.delayMs, this.freeAt) - now;
    if (wait <= 0) return false;
    // Rounded up: a timer can fire a fraction of a millisecond early, and would then be set again and again.
    this.timer = setTimeout(() => this.pump(), Math.ceil(wait)).unref();
    return true;
  }

  private forward(item: Item): void {
    if ('ends' in item) {
      this.queue.shift();
      if (item.ends === 'end') this.to.end();
      else resetSocket(this.to);
      return;
    }
    const { bytesPerSecond } = this.faults;
    const portion = item.bytes.subarray(0, Math.max(1, Math.ceil(bytesPerSecond / PORTIONS_PER_SECOND)));
    if (portion.length === item.bytes.length) this.queue.shift();
    else item.bytes = item.bytes.subarray(portion.length);
    this.buffered -= portion.length;
    this.freeAt = systemClock.monotonicMs() + (portion.length / bytesPerSecond) * 1000;
    if (!this.to.destroyed && this.to.writable) this.pass(portion);
  }
}
