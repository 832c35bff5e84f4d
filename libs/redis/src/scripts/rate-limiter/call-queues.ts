import type { StoreCapabilities, ScriptHost } from '../../domain/cache-store.js';
import type { AwaitedCall } from './awaited-call.js';
import { CallQueue } from './call-queue.js';
import { TAGS, tagKey, tagOf } from './subject-key.js';

/** The queues of calls: one for all keys that may go together. */
export class CallQueues {
  private readonly queues = new Map<string | number, CallQueue>();
  /** By tag, because finding a key's group takes hashing. */
  private readonly byTag: (CallQueue | undefined)[] = Array.from({ length: TAGS });
  private readonly endWatch: (() => void) | undefined;

  constructor(
    private readonly host: ScriptHost,
    link: StoreCapabilities['link'],
    private readonly deadlineMs: number,
  ) {
    if (host.groupOf === undefined) this.queueOf(0);
    // Another server may have come, with a clock of its own.
    this.endWatch = link?.onChange((state) => {
      if (state === 'up') this.tune();
    });
  }

  add(call: AwaitedCall): void {
    this.queueOf(tagOf(call.key)).add(call);
  }

  /** Resolves when all that was asked is answered, or given up. */
  async close(): Promise<void> {
    this.endWatch?.();
    await Promise.all([...this.queues.values()].map((queue) => queue.drain()));
  }

  private tune(): void {
    const tuned = new Set<CallQueue>();
    this.byTag.forEach((queue, tag) => {
      if (queue === undefined || tuned.has(queue)) return;
      tuned.add(queue);
      void queue.tune(tagKey(tag));
    });
  }

  private queueOf(tag: number): CallQueue {
    return (this.byTag[tag] ??= this.find(this.host.groupOf?.(tagKey(tag)) ?? 'all'));
  }

  private find(group: string | number): CallQueue {
    let queue = this.queues.get(group);
    if (queue === undefined) this.queues.set(group, (queue = new CallQueue(this.host, this.deadlineMs)));
    return queue;
  }
}
