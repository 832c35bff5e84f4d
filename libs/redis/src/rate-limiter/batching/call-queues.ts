import type { Clock } from '../../common/clock.js';
import type { StoreCapabilities, ScriptHost } from '../../domain/cache-store.js';
import { AwaitedCall, type CallInit, type CallOutcome, type CallResult, type QueuedCall } from './awaited-call.js';
import { CallQueue } from './call-queue.js';
import { TAGS, tagKey, tagOf } from '../policy/subject-key.js';

/** Returns the result of a call unchanged. */
const RESULT: CallOutcome<CallResult> = {
  onVerdict: (_, result) => result,
  onFailure(_, error) {
    throw error;
  },
};

/** A queue and one of its keys, which is used to sync its clock. */
interface KeyedQueue {
  readonly queue: CallQueue;
  readonly key: string;
}

/** The queues of a limiter: one for each group of keys that can share a command. */
export class CallQueues {
  private readonly queues = new Map<string | number, KeyedQueue>();
  /**
   * Saves the hashing of each key. Undefined when a key prefix with `{}` hides the tag, so that one tag has several
   * groups.
   */
  private readonly byTag: (CallQueue | undefined)[] | undefined;
  private readonly endWatch: (() => void) | undefined;

  constructor(
    private readonly host: ScriptHost,
    link: StoreCapabilities['link'],
    private readonly deadlineMs: number,
    private readonly clock: Clock,
  ) {
    const [first, second] = ['a', 'b'].map((subject) => host.groupOf?.(tagKey(0) + subject));
    this.byTag = first === second ? Array.from({ length: TAGS }) : undefined;
    if (host.groupOf === undefined) this.queueOf(tagKey(0));
    // The connection may lead to another server, with another clock.
    this.endWatch = link?.onChange((state) => {
      if (state === 'up') for (const { queue, key } of this.queues.values()) void queue.syncClock(key);
    });
  }

  add(call: QueuedCall): void {
    this.queueOf(call.key).add(call);
  }

  /** Sends a call, and resolves with its result. */
  send(init: CallInit): Promise<CallResult> {
    const call = new AwaitedCall(init, RESULT);
    this.add(call);
    return call.promise;
  }

  /** Resolves when all calls are settled. */
  async close(): Promise<void> {
    this.endWatch?.();
    await Promise.all([...this.queues.values()].map(({ queue }) => queue.drain()));
  }

  private queueOf(key: string): CallQueue {
    return this.byTag === undefined ? this.find(key) : (this.byTag[tagOf(key)] ??= this.find(key));
  }

  private find(key: string): CallQueue {
    const group = this.host.groupOf?.(key) ?? 'all';
    let keyed = this.queues.get(group);
    if (keyed === undefined) {
      keyed = { queue: new CallQueue(this.host, this.deadlineMs, this.clock), key };
      this.queues.set(group, keyed);
    }
    return keyed.queue;
  }
}
