import type { ValueCodec } from '../../domain/codec/value-codec.js';
import type { RedisInfraError } from '../../common/redis-infra.error.js';
import type { CommandSender, WireCommand } from './command-sender.js';
import type { DeadlineQueue } from './deadline-queue.js';
import { PendingCall, type CallLimits } from './pending-call.js';

/** One caller of `get`. */
export class PendingRead extends PendingCall<unknown> {
  batch: ReadBatch | undefined;

  constructor(
    readonly key: string,
    deadlines: DeadlineQueue,
    limits: CallLimits,
  ) {
    super('GET', deadlines, limits);
  }

  override expire(): void {
    this.batch?.expired();
    super.expire();
  }
}

/**
 * The reads of one turn as one command: MGET, or GET where there is one key only. Equal keys are asked once; each caller keeps
 * its own value, error and deadline.
 * @see https://redis.io/docs/latest/commands/mget/
 */
export class ReadBatch implements WireCommand {
  readonly readers = new Map<string, PendingRead[]>();
  /** Told about the size of what was answered. */
  onAnswered: ((bytes: number, keys: number) => void) | undefined;
  args: readonly string[] = [];
  private toldUnanswered = false;

  constructor(
    private readonly codec: ValueCodec,
    private readonly sender: CommandSender,
  ) {}

  get name(): string {
    return this.args.length === 1 ? 'get' : 'mget';
  }

  add(read: PendingRead): void {
    const readers = this.readers.get(read.key);
    if (readers === undefined) this.readers.set(read.key, [read]);
    else readers.push(read);
  }

  /** Leaves out whatever nobody waits for any more. */
  depart(): boolean {
    for (const [key, readers] of this.readers) {
      const waiting = readers.filter((read) => !read.settled);
      if (waiting.length === 0) this.readers.delete(key);
      for (const read of waiting) {
        read.sent = true;
        read.batch = this;
      }
    }
    this.args = [...this.readers.keys()];
    return this.args.length > 0;
  }

  answer(reply: unknown): void {
    const values = this.args.length === 1 ? [reply] : (reply as unknown[]);
    let bytes = 0;
    let i = 0;
    for (const [key, readers] of this.readers) {
      const value = values[i++];
      if (Buffer.isBuffer(value)) bytes += value.length;
      for (const read of readers) this.deliver(read, key, value);
    }
    this.onAnswered?.(bytes, this.args.length);
  }

  fail(error: Error): void {
    // GET answers WRONGTYPE where MGET answers nil: alone or in a batch, a key of another type is absent.
    if (this.args.length === 1 && (error as RedisInfraError).code === 'WRONG_TYPE') return this.answer(null);
    if (this.args.length > 1 && isOfOneKey(error as RedisInfraError)) return this.askSingly();
    for (const readers of this.readers.values()) for (const read of readers) read.fail(error);
  }

  /** Some caller's time is over: the command counts as unanswered, once. */
  expired(): void {
    if (this.toldUnanswered) return;
    this.toldUnanswered = true;
    this.sender.unanswered();
  }

  private deliver(read: PendingRead, key: string, value: unknown): void {
    if (read.settled) return;
    if (!Buffer.isBuffer(value)) return read.succeed(undefined);
    try {
      const decoded = this.codec.decode(value, { key });
      read.succeed(decoded instanceof Promise ? decoded.then(({ value: late }) => late) : decoded.value);
    } catch (error) {
      read.fail(error as Error);
    }
  }

  private askSingly(): void {
    for (const readers of this.readers.values()) {
      const single = new ReadBatch(this.codec, this.sender);
      for (const read of readers) single.add(read);
      this.sender.send(single);
    }
  }
}

/** One key without permission fails an MGET as a whole, so its neighbours are asked again. */
function isOfOneKey(error: RedisInfraError): boolean {
  return error.code === 'COMMAND_FAILED' && error.context.reply === 'NOPERM';
}
