import type { RedisInfraError } from '../../common/redis-infra.error.js';
import type { CommandSender } from './command-sender.js';
import { leastCertain } from '../errors/least-certain.js';
import type { DeadlineQueue } from '../wire/deadline-queue.js';
import type { NodeGuard } from '../resilience/node-guard.js';
import type { CallContext } from '../calls/call-context.js';
import { PendingCall } from '../wire/pending-call.js';
import type { WatchedConnection } from '../wire/watched-connection.js';
import type { WireCommand } from '../wire/wire-command.js';

/** Decodes the bytes of a reply into the value that the caller receives; may return a promise. */
export type ReadBytes<T> = (bytes: Buffer, at: { readonly key: string }, context: CallContext) => T | Promise<T>;

/** One pending `get` of one caller. */
export class PendingRead<T = unknown> extends PendingCall<T | undefined> {
  batch: ReadBatch | undefined;
  /** The next read of the same key in the batch. */
  nextReader: PendingRead | undefined;

  constructor(
    readonly key: string,
    private readonly readBytes: ReadBytes<T>,
    deadlines: DeadlineQueue,
    private readonly context: CallContext,
  ) {
    super('GET', deadlines, context);
  }

  /** The value of the stored bytes. */
  decode(bytes: Buffer): T | Promise<T> {
    return this.readBytes(bytes, this, this.context);
  }

  /** Settles with the value once it is decoded. The deadline still applies. */
  settleWith(decoding: Promise<T>): void {
    this.batch = undefined;
    this.answered = true;
    decoding.then(
      (value) => this.succeed(value),
      (error: Error) => this.fail(error),
    );
  }

  override expire(): void {
    if (this.sent) this.batch?.onExpired();
    super.expire();
  }

  override fail(error: Error): void {
    if (!this.settled) this.batch?.onCallerSettled();
    super.fail(error);
  }
}

/**
 * The reads of one tick as one command: MGET, or GET for a single key. Each key is fetched once; each caller keeps its own value, error
 * and deadline.
 * @see https://redis.io/docs/latest/commands/mget/
 */
export class ReadBatch implements WireCommand {
  /** The newest read of each key; the others follow by `nextReader`. */
  private readonly readers = new Map<string, PendingRead>();
  readonly label = 'GET';
  readonly kind = 'read';
  resends = 0;
  guard: NodeGuard | undefined;
  generation = 0;
  args: readonly string[] = [];
  connection: WatchedConnection | undefined;
  leaveQueue: (() => void) | undefined;
  /** The first key. It routes the whole batch, because all keys are on the same node. */
  key: string | undefined;
  /** Reads that are not settled. */
  private waiting = 0;
  private isReportedUnanswered = false;
  /** When the batch was written, on the monotonic clock; Infinity while it is not on the wire. */
  private sentMs = Infinity;
  /** The failure of an attempt that the server may have executed. */
  private mayHaveRun: RedisInfraError | undefined;

  constructor(
    private readonly sender: CommandSender,
    /** Called with the size of the reply and the number of keys. */
    private readonly onReply: (bytes: number, keys: number) => void = () => {},
  ) {}

  get name(): string {
    return this.args.length === 1 ? 'get' : 'mget';
  }

  /** The number of distinct keys. */
  get size(): number {
    return this.readers.size;
  }

  get callers(): number {
    return this.size;
  }

  get isWanted(): boolean {
    return this.waiting > 0;
  }

  has(key: string): boolean {
    return this.readers.has(key);
  }

  add(read: PendingRead): void {
    read.batch = this;
    this.key ??= read.key;
    if (!read.settled) this.waiting++;
    read.nextReader = this.readers.get(read.key);
    this.readers.set(read.key, read);
  }

  /** Drops the keys whose callers have all been settled. */
  beforeSend(nowMs: number): boolean {
    this.sentMs = nowMs;
    this.isReportedUnanswered = false;
    for (const [key, last] of this.readers) {
      let isWanted = false;
      for (let read: PendingRead | undefined = last; read !== undefined; read = read.nextReader) {
        read.sent = true;
        isWanted ||= !read.settled;
      }
      if (!isWanted) this.readers.delete(key);
    }
    this.args = [...this.readers.keys()];
    return this.args.length > 0;
  }

  onHeld(): void {
    this.sentMs = Infinity;
    for (const read of this.reads()) read.sent = this.mayHaveRun !== undefined;
  }

  answer(reply: unknown): void {
    const values = this.args.length === 1 ? [reply] : (reply as unknown[]);
    let bytes = 0;
    let i = 0;
    for (const last of this.readers.values()) {
      const value = values[i++];
      if (Buffer.isBuffer(value)) bytes += value.length;
      for (let read: PendingRead | undefined = last; read !== undefined; read = read.nextReader)
        this.deliver(read, value);
    }
    this.onReply(bytes, this.args.length);
  }

  fail(error: RedisInfraError): void {
    // MGET replies nil for a key of another type and GET replies WRONGTYPE. Both mean absent, whatever the size of the batch.
    if (this.args.length === 1 && error.code === 'WRONG_TYPE') return this.answer(null);
    if (this.args.length > 1 && isKeyDenied(error)) return this.sendSingly();
    const failure = leastCertain(this.mayHaveRun, error);
    for (const read of this.reads()) read.fail(failure);
  }

  /** A caller stopped waiting. The last one takes the batch out of the queue. */
  onCallerSettled(): void {
    if (--this.waiting === 0) this.leaveQueue?.();
  }

  /** A caller's deadline has passed. The command counts as unanswered once, however many callers it has. */
  onExpired(): void {
    if (!this.isReportedUnanswered) this.isReportedUnanswered = this.sender.onDeadline(this, this.sentMs);
  }

  failExpiredBefore(untilMs: number, failure: RedisInfraError): boolean {
    this.sentMs = Infinity;
    if (failure.outcome === 'unknown') this.mayHaveRun = failure;
    let isWanted = false;
    for (const read of this.reads()) {
      if (read.settled) continue;
      read.sent = this.mayHaveRun !== undefined;
      if (read.dueMs > untilMs) isWanted = true;
      else read.fail(leastCertain(this.mayHaveRun, failure));
    }
    return isWanted;
  }

  private deliver(read: PendingRead, bytes: unknown): void {
    if (read.settled) return;
    if (!Buffer.isBuffer(bytes)) return read.succeed(undefined);
    try {
      const value = read.decode(bytes);
      if (value instanceof Promise) read.settleWith(value);
      else read.succeed(value);
    } catch (error) {
      read.fail(error as Error);
    }
  }

  private sendSingly(): void {
    const batches = new Map([...this.readers.keys()].map((key) => [key, new ReadBatch(this.sender)]));
    for (const read of [...this.reads()]) batches.get(read.key)?.add(read);
    for (const batch of batches.values()) {
      batch.mayHaveRun = this.mayHaveRun;
      this.sender.send(batch);
    }
  }

  private *reads(): Generator<PendingRead> {
    for (const last of this.readers.values()) {
      for (let read: PendingRead | undefined = last; read !== undefined; read = read.nextReader) yield read;
    }
  }
}

/** One key without permission fails the whole MGET, so each key is read by itself again. */
function isKeyDenied(error: RedisInfraError): boolean {
  return error.code === 'COMMAND_FAILED' && error.context.reply === 'NOPERM';
}
