import type { Redis } from 'ioredis';
import type { Clock } from '../../common/clock.js';
import { SilenceDetector } from './silence/silence-detector.js';
import { socketFlush } from './silence/socket-flush.js';

export interface WatchedConnectionOptions {
  /** The default deadline of a command, in milliseconds. */
  readonly deadlineMs: number;
  readonly clock: Clock;
  /** Called when the connection becomes silent: the first deadline without a reply passed. */
  readonly onSilent?: () => void;
  /** Called when the server refuses a write because it is not a master any more. */
  readonly onReadOnly?: () => void;
}

/**
 * One connection and its silence. A socket that stays silent is destroyed, and ioredis connects again. The ioredis
 * client is a private field: its options contain the password, and commands in flight refer to this object.
 */
export class WatchedConnection {
  /** The connected node, `host:port`. */
  readonly node: string;
  /** Call it when the server replied that it is a replica. */
  readonly onReadOnly: (() => void) | undefined;
  readonly #redis: Redis;
  private readonly silence: SilenceDetector;
  private isCloseReported = false;

  constructor(redis: Redis, { deadlineMs, clock, onSilent = () => {}, onReadOnly }: WatchedConnectionOptions) {
    this.#redis = redis;
    this.onReadOnly = onReadOnly;
    this.node = `${redis.options.host}:${redis.options.port}`;
    this.silence = new SilenceDetector(deadlineMs, { onSilent, onLost: () => this.destroy() });
    redis.on('connect', () => redis.stream.on('data', () => this.silence.onBytes(clock.monotonicMs())));
    redis.on('ready', () => {
      this.silence.reset();
      this.isCloseReported = false;
    });
  }

  /** A deadline passed without a reply, and no bytes have arrived since. */
  get isSilent(): boolean {
    return this.silence.isSilent;
  }

  onReply(nowMs: number): void {
    this.silence.onReply(nowMs);
  }

  /**
   * A command that was sent at `sentMs` had no reply within its deadline (monotonic times).
   * @returns whether the server failed. A short deadline of a caller, and a command behind a long transfer, do not
   * count.
   */
  onDeadline(sentMs: number, nowMs: number): boolean {
    return this.silence.onDeadline(sentMs, nowMs, socketFlush(this.#redis.stream));
  }

  /** The socket closed with commands in flight. @returns true the first time: it is one failure for all of them */
  onClose(): boolean {
    if (this.isCloseReported) return false;
    this.isCloseReported = true;
    return true;
  }

  /** Closes the socket: the server will not reply on it. */
  destroy(): void {
    this.silence.reset();
    this.#redis.stream?.destroy();
  }
}
