import type { RedisInfraError } from '../../common/redis-infra.error.js';
import type { CommandSender } from './command-sender.js';
import { leastCertain } from '../errors/least-certain.js';
import type { DeadlineQueue } from '../wire/deadline-queue.js';
import type { NodeGuard } from '../resilience/node-guard.js';
import { PendingCall, type CallLimits } from '../wire/pending-call.js';
import type { WatchedConnection } from '../wire/watched-connection.js';
import type { WireCommand } from '../wire/wire-command.js';

/** Makes of a reply's bytes what the caller asked for. */
export type ReadBytes = (bytes: Buffer, at: { readonly key: string }) => unknown;

/** One caller of `get`. */
export class PendingRead extends PendingCall<unknown> {
  batch: ReadBatch | undefined;
  /** The next caller in the batch who asks for the same key. */
  nextReader: PendingRead | undefined;

  constructor(
    readonly key: string,
    readonly readBytes: ReadBytes,
    deadlines: DeadlineQueue,
    limits: CallLimits,
  ) {
    super('GET', deadlines, limits);
  }

  /** The bytes are here, and become a value; the deadline still holds. */
  take(made: Promise<unknown>): void {
    this.batch = undefined;
    this.answered = true;
    made.then(
      (value) => this.succeed(value),
      (error: Error) => this.fail(error),
    );
  }

  override expire(): void {
    if (this.sent) this.batch?.expired();
    super.expire();
  }

  override fail(error: Error): void {
    if (!this.settled) this.batch?.callerLeft();
    super.fail(error);
  }
}

/**
 * The reads of one turn as one command: MGET, or GET where there is one key only. Equal keys are asked once; each caller keeps
 * its own value, error and deadline.
 * @see https://redis.io/docs/latest/commands/mget/
 */
export class ReadBatch implements WireCommand {
  /** The last caller of each key; it knows those before it. */
  private readonly readers = new Map<string, PendingRead>();
  readonly label = 'GET';
  readonly kind = 'read';
  resends = 0;
  guard: NodeGuard | undefined;
  generation = 0;
  args: readonly string[] = [];
  connection: WatchedConnection | undefined;
  leaveQueue: (() => void) | undefined;
  /** The first key it was asked for. Of several keys any: they are on the same node. */
  key: string | undefined;
  /** Callers whose time has not ended. */
  private waiting = 0;
  private isReportedUnanswered = false;
  /** Infinity while it is not on the wire. */
  private sentMs = Infinity;
  /** How it failed when the server may have run it. */
  private mayHaveRun: RedisInfraError | undefined;

  constructor(
    private readonly sender: CommandSender,
    /** Told about the size of what was answered. */
    private readonly onAnswered: (bytes: number, keys: number) => void = () => {},
  ) {}

  get name(): string {
    return this.args.length === 1 ? 'get' : 'mget';
  }

  /** How many keys it asks for. */
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

  /** Leaves out the keys nobody waits for any more. */
  beforeSend(nowMs: number): boolean {
    this.sentMs = nowMs;
    this.isReportedUnanswered = false;
    for (const [key, last] of this.readers) {
      let wanted = false;
      for (let read: PendingRead | undefined = last; read !== undefined; read = read.nextReader) {
        read.sent = true;
        wanted ||= !read.settled;
      }
      if (!wanted) this.readers.delete(key);
    }
    this.args = [...this.readers.keys()];
    return this.args.length > 0;
  }

  onHeld(): void {
    this.sentMs = Infinity;
    for (const read of this.eachCaller()) read.sent = this.mayHaveRun !== undefined;
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
    this.onAnswered(bytes, this.args.length);
  }

  fail(error: RedisInfraError): void {
    // GET answers WRONGTYPE where MGET answers nil: alone or in a batch, a key of another type is absent.
    if (this.args.length === 1 && error.code === 'WRONG_TYPE') return this.answer(null);
    if (this.args.length > 1 && isOfOneKey(error)) return this.sendSingly();
    const failure = leastCertain(this.mayHaveRun, error);
    for (const read of this.eachCaller()) read.fail(failure);
  }

  /** A caller's time has ended. The last one takes the batch out of the queue. */
  callerLeft(): void {
    if (--this.waiting === 0) this.leaveQueue?.();
  }

  /** Some caller's time is over: the command counts as unanswered, once. */
  expired(): void {
    if (!this.isReportedUnanswered) this.isReportedUnanswered = this.sender.onDeadline(this, this.sentMs);
  }

  failExpiredBefore(untilMs: number, failure: RedisInfraError): boolean {
    this.sentMs = Infinity;
    if (failure.outcome === 'unknown') this.mayHaveRun = failure;
    let isWanted = false;
    for (const read of this.eachCaller()) {
      if (read.settled) continue;
      read.sent = this.mayHaveRun !== undefined;
      if (read.dueMs > untilMs) isWanted = true;
      else read.fail(leastCertain(this.mayHaveRun, failure));
    }
    return isWanted;
  }

  private deliver(read: PendingRead, value: unknown): void {
    if (read.settled) return;
    if (!Buffer.isBuffer(value)) return read.succeed(undefined);
    try {
      const made = read.readBytes(value, read);
      if (made instanceof Promise) read.take(made);
      else read.succeed(made);
    } catch (error) {
      read.fail(error as Error);
    }
  }

  private sendSingly(): void {
    const batches = new Map([...this.readers.keys()].map((key) => [key, new ReadBatch(this.sender)]));
    for (const read of [...this.eachCaller()]) batches.get(read.key)?.add(read);
    for (const batch of batches.values()) {
      batch.mayHaveRun = this.mayHaveRun;
      this.sender.send(batch);
    }
  }

  private *eachCaller(): Generator<PendingRead> {
    for (const last of this.readers.values()) {
      for (let read: PendingRead | undefined = last; read !== undefined; read = read.nextReader) yield read;
    }
  }
}

/** One key without permission fails an MGET as a whole, so its neighbours are asked again. */
function isOfOneKey(error: RedisInfraError): boolean {
  return error.code === 'COMMAND_FAILED' && error.context.reply === 'NOPERM';
}
