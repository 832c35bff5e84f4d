import type { Socket } from 'node:net';
import type { DirectionFaults } from './direction-faults.js';
import { resetSocket } from './reset-socket.js';

/** More is not read from the sender, so that it notices, as it would with a slow network. */
const BUFFER_BYTES = 256 * 1024;
/** With a limit on speed, how many portions a second. */
const PORTIONS = 20;

/** What goes on, in order: bytes, the sender's orderly end, or its abrupt one. */
type Item = { readonly at: number; bytes: Buffer } | { readonly at: number; readonly ends: 'end' | 'reset' };

/** One direction of a connection: what comes from one socket goes to the other as the faults let it. */
export class FaultyStream {
  /** Something was thrown away: what would come next makes no sense to the receiver. */
  broken = false;
  private readonly queue: Item[] = [];
  private buffered = 0;
  private freeAt = 0;
  private timer: NodeJS.Timeout | undefined;

  /** `pass` is told what goes on and does it. */
  constructor(
    private readonly from: Socket,
    private readonly to: Socket,
    private readonly faults: Readonly<DirectionFaults>,
    private readonly pass: (bytes: Buffer) => void,
  ) {
    from.on('data', (bytes: Buffer) => this.take({ at: performance.now(), bytes }));
    from.on('end', () => this.take({ at: performance.now(), ends: 'end' }));
    from.on('error', () => this.take({ at: performance.now(), ends: 'reset' }));
    to.on('drain', () => this.pump());
  }

  /** Lets on what may go on now. To be called when the faults have changed. */
  pump(): void {
    clearTimeout(this.timer);
    if (this.faults.swallow) this.discard();
    for (let item = this.queue[0]; item !== undefined && !this.mustWait(item); item = this.queue[0]) this.letOn(item);
    if (this.buffered >= BUFFER_BYTES) this.from.pause();
    else this.from.resume();
  }

  /** Nothing goes on any more. */
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
    const now = performance.now();
    const wait = Math.max(item.at + this.faults.delayMs, this.freeAt) - now;
    if (wait <= 0) return false;
    // Rounded up: a timer may fire a fraction of a millisecond early, and would be set again and again.
    this.timer = setTimeout(() => this.pump(), Math.ceil(wait)).unref();
    return true;
  }

  private letOn(item: Item): void {
    if ('ends' in item) {
      this.queue.shift();
      if (item.ends === 'end') this.to.end();
      else resetSocket(this.to);
      return;
    }
    const { bytesPerSecond } = this.faults;
    const portion = item.bytes.subarray(0, Math.max(1, Math.ceil(bytesPerSecond / PORTIONS)));
    if (portion.length === item.bytes.length) this.queue.shift();
    else item.bytes = item.bytes.subarray(portion.length);
    this.buffered -= portion.length;
    this.freeAt = performance.now() + (portion.length / bytesPerSecond) * 1000;
    if (!this.to.destroyed && this.to.writable) this.pass(portion);
  }
}
