import type { CommandSender } from './command-sender.js';
import type { DeadlineQueue } from '../wire/deadline-queue.js';
import type { TickScheduler } from '../wire/tick-scheduler.js';
import type { CallLimits } from '../wire/pending-call.js';
import { PendingRead, ReadBatch, type ReadBytes } from './read-batch.js';

/** The most keys of one MGET: it holds the server, and everybody behind it, while it runs. */
const MAX_KEYS = 64;
/** About the most bytes of one MGET's reply. */
const MAX_REPLY_BYTES = 65_536;
/** How much the newest reply counts in the expected size of a value. */
const SIZE_WEIGHT = 0.1;

/**
 * Collects the reads of one turn of the event loop and sends them as few commands. A write to a key that is queued for reading
 * sends the reads first, so that calls take effect in the order they were made.
 */
export class ReadCoalescer {
  private batch: ReadBatch | undefined;
  private expectedBytes = 256;

  constructor(
    private readonly sender: CommandSender,
    private readonly deadlines: DeadlineQueue,
    private readonly ticks: TickScheduler,
    /** False where the keys of a batch may live on different nodes. */
    private readonly mayBatch: boolean,
  ) {}

  /** How many keys are queued. */
  get queued(): number {
    return this.batch?.size ?? 0;
  }

  read(key: string, readBytes: ReadBytes, limits: CallLimits): Promise<unknown> {
    const refusal = this.sender.refusal(false, 'get', 'GET', { key }, limits.isAdmitted);
    if (refusal !== undefined) return Promise.reject(refusal);
    const read = new PendingRead(key, readBytes, this.deadlines, limits);
    if (this.batch === undefined) {
      this.batch = new ReadBatch(this.sender, this.learn);
      this.batch.add(read);
      if (!this.mayBatch || this.sender.isIdle) this.flush();
      else this.ticks.beforeFlush(this.flush);
    } else {
      this.batch.add(read);
      if (this.batch.size >= this.maxKeys()) this.flush();
    }
    return read.promise;
  }

  /** Called before a command that changes this key is written. */
  beforeWrite(key: string): void {
    if (this.batch?.has(key) === true) this.flush();
  }

  /** Sends what is queued now. */
  readonly flush = (): void => {
    const batch = this.batch;
    if (batch === undefined) return;
    this.batch = undefined;
    this.sender.send(batch);
  };

  private maxKeys(): number {
    return Math.max(1, Math.min(MAX_KEYS, Math.floor(MAX_REPLY_BYTES / this.expectedBytes)));
  }

  private readonly learn = (bytes: number, keys: number): void => {
    this.expectedBytes += SIZE_WEIGHT * (bytes / keys - this.expectedBytes);
  };
}
