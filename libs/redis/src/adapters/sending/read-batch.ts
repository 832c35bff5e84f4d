import type { RedisInfraError } from '../../common/redis-infra.error.js';
import { leastCertain } from '../errors/least-certain.js';
import type { DeadlineQueue } from '../wire/deadline-queue.js';
import { PendingCall, type CallLimits, type CallOwner } from '../wire/pending-call.js';
import type { WireCommand } from '../wire/wire-command.js';
import { CompanionBytes, settle, type BatchReader, type JointRead, type ReadBytes } from './batch-readers.js';
import type { AwaitedCommand, CommandCallers } from './command-callers.js';
import type { CommandSender } from './command-sender.js';

const NO_KEYS: readonly string[] = [];
const NO_COMPANIONS = new CompanionBytes();

/** What a batch uses of its connection. */
export interface ReadBatchParts {
  readonly deadlines: DeadlineQueue;
  readonly sender: Pick<CommandSender, 'send'>;
  /** Called with the size of a reply and the number of its keys. */
  onReply(bytes: number, keys: number): void;
}

/**
 * The callers of the reads of one tick, which are sent as one command: MGET, or GET for a single key. Each key is
 * fetched once; each caller keeps its own value, error and deadline. Companion keys, which several readers share, are
 * fetched once as well.
 * @see https://redis.io/docs/latest/commands/mget/
 */
export class ReadBatch implements CommandCallers, CallOwner {
  /** The newest reader of each key; the others follow by `next`. */
  private readonly readers = new Map<string, BatchReader>();
  /** The keys that readers need besides their own. A few of them may have readers too. */
  private readonly companions = new Set<string>();
  private command: AwaitedCommand | undefined = undefined;
  /** Readers that are not settled. */
  private waiting = 0;
  /** A reader was settled, so its key may have no reader left. */
  private hasLeft = false;

  constructor(private readonly parts: ReadBatchParts) {}

  /** The number of keys, at most: a companion key that has a reader counts twice. */
  get size(): number {
    return this.readers.size + this.companions.size;
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
    return this.readers.has(key) || this.companions.has(key);
  }

  read<T, L extends CallLimits>(key: string, readBytes: ReadBytes<T, L>, limits: L): Promise<T | undefined> {
    // Before the call exists, because a signal that is aborted already ends it immediately.
    this.waiting++;
    const call = new PendingCall<T | undefined>('GET', this.parts.deadlines, limits, this);
    this.readers.set(key, new SingleReader(key, readBytes, limits, call, this.readers.get(key)));
    return call.promise;
  }

  /** Reads a key together with its companion keys. */
  readJointly<T, L extends CallLimits>(read: JointRead<T, L>): Promise<T> {
    this.waiting++;
    const call = new PendingCall<T>('GET', this.parts.deadlines, read.limits, this);
    read.await(call, this.readers.get(read.key));
    this.readers.set(read.key, read);
    for (const key of read.companions) this.companions.add(key);
    return call.promise;
  }

  /** Sends the batch. No read is added afterwards. */
  send(uncertain?: RedisInfraError): void {
    this.parts.sender.send(readsOf(this.keys()), this, uncertain);
  }

  attach(command: AwaitedCommand): void {
    this.command = command;
  }

  /** Drops the keys whose callers have all been settled. */
  stillWanted(command: WireCommand): WireCommand | undefined {
    if (!this.hasLeft) return command;
    this.hasLeft = false;
    for (const [key, newest] of this.readers) if (!isAwaited(newest)) this.readers.delete(key);
    if (this.readers.size === 0) return undefined;
    const keys = this.keys();
    return keys.length === command.args.length ? command : readsOf(keys);
  }

  answer(reply: unknown): void {
    const values: readonly unknown[] = Array.isArray(reply) ? reply : [reply];
    const companions = this.companionBytes(values);
    let bytes = 0;
    let i = 0;
    for (const newest of this.readers.values()) {
      const value = values[i++];
      if (Buffer.isBuffer(value)) bytes += value.length;
      for (let reader: BatchReader | undefined = newest; reader !== undefined; reader = reader.next) {
        reader.deliver(value, companions);
      }
    }
    companions.release();
    this.parts.onReply(bytes, this.readers.size);
  }

  fail(error: RedisInfraError, mayHaveRun: RedisInfraError | undefined): void {
    // MGET replies nil for a key of another type and GET replies WRONGTYPE. Both mean absent, whatever the size of the
    // batch.
    if (this.size === 1 && error.code === 'WRONG_TYPE') return this.answer(null);
    if (this.readers.size > 1 && isKeyDenied(error)) return this.sendSingly(mayHaveRun);
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
  private take(newest: BatchReader): void {
    this.readers.set(newest.key, newest);
    for (const { call, companions } of this.all()) {
      for (const key of companions) this.companions.add(key);
      call.passTo(this);
      if (!call.isSettled) this.waiting++;
    }
    this.hasLeft = this.waiting === 0;
  }

  /** The keys of the command: first those of the readers, then the companion keys that have none. */
  private keys(): string[] {
    const keys = [...this.readers.keys()];
    for (const key of this.companions) if (!this.readers.has(key)) keys.push(key);
    return keys;
  }

  private companionBytes(values: readonly unknown[]): CompanionBytes {
    if (this.companions.size === 0) return NO_COMPANIONS;
    const bytes = new CompanionBytes();
    let i = this.readers.size;
    for (const key of this.companions) {
      bytes.set(key, values[this.readers.has(key) ? [...this.readers.keys()].indexOf(key) : i++]);
    }
    return bytes;
  }

  private *all(): Generator<BatchReader> {
    for (const newest of this.readers.values()) {
      for (let reader: BatchReader | undefined = newest; reader !== undefined; reader = reader.next) yield reader;
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

function isAwaited(newest: BatchReader): boolean {
  for (let reader: BatchReader | undefined = newest; reader !== undefined; reader = reader.next) {
    if (!reader.call.isSettled) return true;
  }
  return false;
}

/** A caller that reads one key. It gets undefined if there are no bytes. */
class SingleReader<T, L extends CallLimits> implements BatchReader {
  readonly companions = NO_KEYS;

  constructor(
    readonly key: string,
    private readonly readBytes: ReadBytes<T, L>,
    private readonly limits: L,
    readonly call: PendingCall<T | undefined>,
    readonly next: BatchReader | undefined,
  ) {}

  deliver(bytes: unknown): void {
    const { call } = this;
    if (call.isSettled) return;
    if (!Buffer.isBuffer(bytes)) return call.succeed(undefined);
    try {
      settle(call, this.readBytes(bytes, this, this.limits));
    } catch (error) {
      call.fail(error);
    }
  }
}

/** One key without permission fails the whole MGET, so each key is read by itself again. */
function isKeyDenied(error: RedisInfraError): boolean {
  return error.code === 'COMMAND_FAILED' && error.context.reply === 'NOPERM';
}
