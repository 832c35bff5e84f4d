import type { StoreCapabilities, ScriptHost } from '../../domain/cache-store.js';
import type { QueuedCall } from './awaited-call.js';
import { CallQueue } from './call-queue.js';
import { TAGS, tagKey, tagOf } from '../policy/subject-key.js';

/** A queue, and one of its keys. */
interface KeyedQueue {
  readonly queue: CallQueue;
  readonly key: string;
}

/** The queues of calls: one for all keys that may go together. */
export class CallQueues {
  private readonly queues = new Map<string | number, KeyedQueue>();
  /** Finding a key's group takes hashing. Undefined where keys of a tag are no group: a prefix with `{}` hides the tag. */
  private readonly byTag: (CallQueue | undefined)[] | undefined;
  private readonly endWatch: (() => void) | undefined;

  constructor(
    private readonly host: ScriptHost,
    link: StoreCapabilities['link'],
    private readonly deadlineMs: number,
  ) {
    const [one, other] = ['a', 'b'].map((subject) => host.groupOf?.(tagKey(0) + subject));
    this.byTag = one === other ? Array.from({ length: TAGS }) : undefined;
    if (host.groupOf === undefined) this.queueOf(tagKey(0));
    // Another server may have come, with a clock of its own.
    this.endWatch = link?.onChange((state) => {
      if (state === 'up') for (const { queue, key } of this.queues.values()) void queue.syncClock(key);
    });
  }

  add(call: QueuedCall): void {
    this.queueOf(call.key).add(call);
  }

  /** Resolves when all that was asked is answered, or given up. */
  async close(): Promise<void> {
    this.endWatch?.();
    await Promise.all([...this.queues.values()].map(({ queue }) => queue.drain()));
  }

  private queueOf(key: string): CallQueue {
    return this.byTag === undefined ? this.find(key) : (this.byTag[tagOf(key)] ??= this.find(key));
  }

  private find(key: string): CallQueue {
    const group = this.host.groupOf?.(key) ?? 'all';
    let known = this.queues.get(group);
    if (known === undefined) {
      known = { queue: new CallQueue(this.host, this.deadlineMs), key };
      this.queues.set(group, known);
    }
    return known.queue;
  }
}
