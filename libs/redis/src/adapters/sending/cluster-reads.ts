import { slotOf } from '../../domain/placement/slots.js';
import type { CallLimits } from '../wire/pending-call.js';
import type { JointRead, ReadBytes } from './batch-readers.js';
import type { ReadCoalescer, Reads } from './read-coalescer.js';

/**
 * The reads of one connection of a cluster. A value is read by itself, because the values of a tick are on different
 * nodes. Joint reads name keys of one slot, so those of one tick are sent as one command.
 */
export class ClusterReads implements Reads {
  private readonly single: ReadCoalescer;
  /** The joint reads of each slot. Few slots have any. */
  private readonly joint = new Map<number, ReadCoalescer>();

  constructor(private readonly create: (canBatch: boolean) => ReadCoalescer) {
    this.single = create(false);
  }

  get queued(): number {
    let queued = this.single.queued;
    for (const reads of this.joint.values()) queued += reads.queued;
    return queued;
  }

  read<T, L extends CallLimits>(key: string, readBytes: ReadBytes<T, L>, limits: L): Promise<T | undefined> {
    return this.single.read(key, readBytes, limits);
  }

  readJointly<T, L extends CallLimits>(read: JointRead<T, L>): Promise<T> {
    const slot = slotOf(read.key);
    let reads = this.joint.get(slot);
    if (reads === undefined) this.joint.set(slot, (reads = this.create(true)));
    return reads.readJointly(read);
  }

  beforeWrite(key: string): void {
    this.single.beforeWrite(key);
    for (const reads of this.joint.values()) reads.beforeWrite(key);
  }

  readonly flush = (): void => {
    this.single.flush();
    for (const reads of this.joint.values()) reads.flush();
  };
}
