import type { DeadlineQueue } from '../wire/deadline-queue.js';
import type { CallLimits } from '../wire/pending-call.js';
import type { TickScheduler } from '../wire/tick-scheduler.js';
import type { CommandSender } from './command-sender.js';
import type { JointRead, ReadBytes } from './batch-readers.js';
import { ReadBatch, type ReadBatchParts } from './read-batch.js';

/** Keys per MGET. The server executes nothing else while an MGET runs. */
const MAX_KEYS = 64;
/** Target size of the reply of one MGET, in bytes. */
const MAX_REPLY_BYTES = 65_536;
/** Weight of the newest reply in the moving average of the value size. */
const SIZE_WEIGHT = 0.1;

const GET = { name: 'get', kind: 'read', label: 'GET' } as const;

/** The reads of one connection. */
export interface Reads {
  /** The number of queued keys. */
  readonly queued: number;
  read<T, L extends CallLimits>(key: string, readBytes: ReadBytes<T, L>, limits: L): Promise<T | undefined>;
  /** Reads a key together with companion keys, which the reads of this tick share. All are of one group. */
  readJointly<T, L extends CallLimits>(read: JointRead<T, L>): Promise<T>;
  /** Sends the queued reads if one of them reads this key. Call it before a command that changes the key. */
  beforeWrite(key: string): void;
  /** Sends the queued reads immediately. */
  readonly flush: () => void;
}

/**
 * Collects the reads of one tick and sends them as few commands. A write to a key with a queued read sends the reads
 * first, so that calls take effect in the order in which they were made.
 */
export class ReadCoalescer implements Reads {
  private batch: ReadBatch | undefined;
  private expectedBytes = 256;
  private readonly parts: ReadBatchParts;

  constructor(
    private readonly sender: CommandSender,
    deadlines: DeadlineQueue,
    private readonly ticks: TickScheduler,
    /** False in a cluster: the keys of a batch may be on different nodes. */
    private readonly canBatch: boolean,
  ) {
    this.parts = {
      deadlines,
      sender,
      onReply: (bytes, keys) => {
        this.expectedBytes += SIZE_WEIGHT * (bytes / keys - this.expectedBytes);
      },
    };
  }

  get queued(): number {
    return this.batch?.size ?? 0;
  }

  read<T, L extends CallLimits>(key: string, readBytes: ReadBytes<T, L>, limits: L): Promise<T | undefined> {
    const refusal = this.sender.refusal(GET, { key }, limits.isAdmitted);
    if (refusal !== undefined) return Promise.reject(refusal);
    const { batch } = this;
    if (batch === undefined) return this.started(this.open().read(key, readBytes, limits));
    const value = batch.read(key, readBytes, limits);
    this.limit(batch);
    return value;
  }

  readJointly<T, L extends CallLimits>(read: JointRead<T, L>): Promise<T> {
    const refusal = this.sender.refusal(GET, { key: read.key }, read.limits.isAdmitted);
    if (refusal !== undefined) return Promise.reject(refusal);
    const { batch } = this;
    if (batch === undefined) return this.started(this.open().readJointly(read));
    const value = batch.readJointly(read);
    this.limit(batch);
    return value;
  }

  beforeWrite(key: string): void {
    if (this.batch?.has(key) === true) this.flush();
  }

  readonly flush = (): void => {
    const batch = this.batch;
    if (batch === undefined) return;
    this.batch = undefined;
    batch.send();
  };

  private open(): ReadBatch {
    return (this.batch = new ReadBatch(this.parts));
  }

  /** The first read of a batch was added. */
  private started<T>(value: Promise<T>): Promise<T> {
    if (!this.canBatch || this.sender.isIdle) this.flush();
    else this.ticks.beforeFlush(this.flush);
    return value;
  }

  private limit(batch: ReadBatch): void {
    if (batch.size >= this.maxKeys()) this.flush();
  }

  private maxKeys(): number {
    return Math.max(1, Math.min(MAX_KEYS, Math.floor(MAX_REPLY_BYTES / this.expectedBytes)));
  }
}
