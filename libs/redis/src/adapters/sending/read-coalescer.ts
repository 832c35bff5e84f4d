import type { CommandSender } from './command-sender.js';
import type { DeadlineQueue } from '../wire/deadline-queue.js';
import type { TickScheduler } from '../wire/tick-scheduler.js';
import type { CallContext } from '../calls/call-context.js';
import { PendingRead, ReadBatch, type ReadBytes } from './read-batch.js';

/** Keys per MGET. The server executes nothing else while an MGET runs. */
const MAX_KEYS = 64;
/** Target size of the reply of one MGET, in bytes. */
const MAX_REPLY_BYTES = 65_536;
/** Weight of the newest reply in the moving average of the value size. */
const SIZE_WEIGHT = 0.1;

/**
 * Collects the reads of one tick and sends them as few commands. A write to a key with a queued read sends the reads first, so that calls
 * take effect in the order in which they were made.
 */
export class ReadCoalescer {
  private batch: ReadBatch | undefined;
  private expectedBytes = 256;

  constructor(
    private readonly sender: CommandSender,
    private readonly deadlines: DeadlineQueue,
    private readonly ticks: TickScheduler,
    /** False in a cluster: the keys of a batch may be on different nodes. */
    private readonly canBatch: boolean,
  ) {}

  /** The number of queued keys. */
  get queued(): number {
    return this.batch?.size ?? 0;
  }

  read<T>(key: string, readBytes: ReadBytes<T>, context: CallContext): Promise<T | undefined> {
    const refusal = this.sender.refusal(false, 'get', 'GET', { key }, context.isAdmitted);
    if (refusal !== undefined) return Promise.reject(refusal);
    const read = new PendingRead(key, readBytes, this.deadlines, context);
    if (this.batch === undefined) {
      this.batch = new ReadBatch(this.sender, this.recordReplySize);
      this.batch.add(read as PendingRead);
      if (!this.canBatch || this.sender.isIdle) this.flush();
      else this.ticks.beforeFlush(this.flush);
    } else {
      this.batch.add(read as PendingRead);
      if (this.batch.size >= this.maxKeys()) this.flush();
    }
    return read.promise;
  }

  /** Sends the queued reads if one of them reads this key. Call it before a command that changes the key. */
  beforeWrite(key: string): void {
    if (this.batch?.has(key) === true) this.flush();
  }

  /** Sends the queued reads immediately. */
  readonly flush = (): void => {
    const batch = this.batch;
    if (batch === undefined) return;
    this.batch = undefined;
    this.sender.send(batch);
  };

  private maxKeys(): number {
    return Math.max(1, Math.min(MAX_KEYS, Math.floor(MAX_REPLY_BYTES / this.expectedBytes)));
  }

  private readonly recordReplySize = (bytes: number, keys: number): void => {
    this.expectedBytes += SIZE_WEIGHT * (bytes / keys - this.expectedBytes);
  };
}
