import type { RedisInfraError } from '../../common/redis-infra.error.js';
import { leastCertain } from '../errors/least-certain.js';
import type { DeadlineQueue } from '../wire/deadline-queue.js';
import { PendingCall, type CallLimits, type CallOwner } from '../wire/pending-call.js';
import type { WireCommand } from '../wire/wire-command.js';
import type { AwaitedCommand, CommandCallers } from './command-callers.js';
import type { CommandSender } from './command-sender.js';

/**
 * Decodes the bytes of a reply into the value that the caller receives; may return a promise. `limits` are those of the
 * call.
 */
export type ReadBytes<T, L extends CallLimits> = (
  bytes: Buffer,
  at: { readonly key: string },
  limits: L,
) => T | Promise<T>;

const NO_KEYS: readonly string[] = [];

/** What a batch uses of its connection. */
export interface ReadBatchParts {
  readonly deadlines: DeadlineQueue;
  readonly sender: Pick<CommandSender, 'send'>;
  /** Called with the size of a reply and the number of its keys. */
  onReply(bytes: number, keys: number): void;
}

/** One caller of a key. */
interface Reader {
  readonly key: string;
  readonly call: Pick<PendingCall<unknown>, 'isSettled' | 'dueMs' | 'fail' | 'passTo'>;
  /** Another caller of the same key. */
  readonly next: Reader | undefined;
  /** Resolves the caller with the decoded value; with undefined if there are no bytes. */
  deliver(bytes: unknown): void;
}

/**
 * The callers of the reads of one tick, which are sent as one command: MGET, or GET for a single key. Each key is
 * fetched once; each caller keeps its own value, error and deadline.
 * @see https://redis.io/docs/latest/commands/mget/
 */
export class ReadBatch implements CommandCallers, CallOwner {
  /** The newest reader of each key; the others follow by `next`. */
  private readonly readers = new Map<string, Reader>();
  private command: AwaitedCommand | undefined = undefined;
  /** Readers that are not settled. */
  private waiting = 0;
  /** A reader was settled, so its key may have no reader left. */
  private hasLeft = false;

  constructor(private readonly parts: ReadBatchParts) {}

  /** The number of distinct keys. */
  get size(): number {
    return this.readers.size;
  }

  get count(): number {
    return this.readers.size;
  }

  get isWaiting(): boolean {
    return this.waiting > 0;
  }

  get mayHaveRun(): boolean {
    return this.command?.mayHaveRun === true;
  }

  has(key: string): boolean {
    return this.readers.has(key);
  }

  read<T, L extends CallLimits>(key: string, readBytes: ReadBytes<T, L>, limits: L): Promise<T | undefined> {
    // Before the call exists, because a signal that is aborted already ends it immediately.
    this.waiting++;
    const call = new PendingCall<T | undefined>('GET', this.parts.deadlines, limits, this);
    this.readers.set(key, new TypedReader(key, readBytes, limits, call, this.readers.get(key)));
    return call.promise;
  }

  /** Sends the batch. No read is added afterwards. */
  send(uncertain?: RedisInfraError): void {
    this.parts.sender.send(readsOf([...this.readers.keys()]), this, uncertain);
  }

  attach(command: AwaitedCommand): void {
    this.command = command;
  }

  /** Drops the keys whose callers have all been settled. */
  stillWanted(command: WireCommand): WireCommand | undefined {
    if (!this.hasLeft) return command;
    this.hasLeft = false;
    for (const [key, newest] of this.readers) if (!isAwaited(newest)) this.readers.delete(key);
    if (this.size === 0) return undefined;
    return this.size === command.args.length ? command : readsOf([...this.readers.keys()]);
  }

  answer(reply: unknown): void {
    const values: readonly unknown[] = Array.isArray(reply) ? reply : [reply];
    let bytes = 0;
    let i = 0;
    for (const newest of this.readers.values()) {
      const value = values[i++];
      if (Buffer.isBuffer(value)) bytes += value.length;
      for (let reader: Reader | undefined = newest; reader !== undefined; reader = reader.next) reader.deliver(value);
    }
    this.parts.onReply(bytes, this.size);
  }

  fail(error: RedisInfraError, mayHaveRun: RedisInfraError | undefined): void {
    // MGET replies nil for a key of another type and GET replies WRONGTYPE. Both mean absent, whatever the size of the
    // batch.
    if (this.size === 1 && error.code === 'WRONG_TYPE') return this.answer(null);
    if (this.size > 1 && isKeyDenied(error)) return this.sendSingly(mayHaveRun);
    const failure = leastCertain(mayHaveRun, error);
    for (const { call } of this.all()) call.fail(failure);
  }

  failDueBy(atMs: number, error: RedisInfraError): void {
    for (const { call } of this.all()) {
      if (call.isSettled || call.dueMs > atMs) continue;
      call.fail(error);
      this.waiting--;
      this.hasLeft = true;
    }
  }

  onExpired(): undefined {
    this.command?.onDeadline();
  }

  onAbandoned(): void {
    this.hasLeft = true;
    if (--this.waiting === 0) this.command?.onAbandoned();
  }

  private sendSingly(uncertain: RedisInfraError | undefined): void {
    const batches = [...this.readers.values()].map((newest) => {
      const batch = new ReadBatch({ ...this.parts, onReply: () => {} });
      batch.take(newest);
      return batch;
    });
    for (const batch of batches) batch.send(uncertain);
  }

  /** Takes over all readers of one key. */
  private take(newest: Reader): void {
    this.readers.set(newest.key, newest);
    for (const { call } of this.all()) {
      call.passTo(this);
      if (!call.isSettled) this.waiting++;
    }
    this.hasLeft = this.waiting === 0;
  }

  private *all(): Generator<Reader> {
    for (const newest of this.readers.values()) {
      for (let reader: Reader | undefined = newest; reader !== undefined; reader = reader.next) yield reader;
    }
  }
}

/** GET for one key, MGET for several. The first key routes it: all keys are on the same node. */
function readsOf(keys: readonly string[]): WireCommand {
  return {
    name: keys.length === 1 ? 'get' : 'mget',
    kind: 'read',
    label: 'GET',
    key: keys[0],
    node: undefined,
    args: keys,
    keys: NO_KEYS,
    resend: 'always',
    scriptText: undefined,
  };
}

function isAwaited(newest: Reader): boolean {
  for (let reader: Reader | undefined = newest; reader !== undefined; reader = reader.next) {
    if (!reader.call.isSettled) return true;
  }
  return false;
}

class TypedReader<T, L extends CallLimits> implements Reader {
  constructor(
    readonly key: string,
    private readonly readBytes: ReadBytes<T, L>,
    private readonly limits: L,
    readonly call: PendingCall<T | undefined>,
    readonly next: Reader | undefined,
  ) {}

  deliver(bytes: unknown): void {
    const { call } = this;
    if (call.isSettled) return;
    if (!Buffer.isBuffer(bytes)) return call.succeed(undefined);
    try {
      const value = this.readBytes(bytes, this, this.limits);
      if (value instanceof Promise) {
        call.onAnswered();
        call.settleWith(value);
      } else {
        call.succeed(value);
      }
    } catch (error) {
      call.fail(error);
    }
  }
}

/** One key without permission fails the whole MGET, so each key is read by itself again. */
function isKeyDenied(error: RedisInfraError): boolean {
  return error.code === 'COMMAND_FAILED' && error.context.reply === 'NOPERM';
}
