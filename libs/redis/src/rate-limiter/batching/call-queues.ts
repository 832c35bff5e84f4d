import type { Clock } from '../../common/clock.js';
import type { ScriptHost } from '../../domain/cache-store.js';
import { AwaitedCall, type CallInit, type CallOutcome, type CallResult, type QueuedCall } from './awaited-call.js';
import { CallQueue } from './call-queue.js';
import type { DecideResults } from '../policy/limiter-call.js';
import { TAGS, tagKey, tagOf } from '../policy/subject-key.js';
import { writeRequest } from '../script/decide.request.js';
import { DECIDE } from '../script/decide.script.js';
import type { ScriptSource } from '../script-source.js';
import { BoundedScript } from '../server-time/bounded-script.js';

/** Returns the result of a call unchanged. */
const RESULT: CallOutcome<CallResult> = {
  onVerdict: (_, result) => result,
  onFailure(_, error) {
    throw error;
  },
};

/** The queues of a limiter: one for each group of keys that can share a command. */
export class CallQueues {
  private readonly queues = new Map<string | number, CallQueue>();
  private readonly host: ScriptHost;
  private readonly script: BoundedScript<DecideResults>;
  /**
   * Saves the hashing of each key. Undefined when a key prefix with `{}` hides the tag, so that one tag has several
   * groups.
   */
  private readonly byTag: (CallQueue | undefined)[] | undefined;

  constructor(source: ScriptSource, deadlineMs: number, clock: Clock) {
    const host = source.scripts;
    this.host = host;
    const clockRead = { key: tagKey(0), args: [writeRequest([{ key: tagKey(0), calls: [] }], 0), 'any'] };
    this.script = new BoundedScript(source, { script: DECIDE, clockRead, deadlineMs, clock });
    const [first, second] = ['a', 'b'].map((subject) => host.groupOf?.(tagKey(0) + subject));
    this.byTag = first === second ? Array.from({ length: TAGS }) : undefined;
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
    this.script.close();
    await Promise.all([...this.queues.values()].map((queue) => queue.drain()));
  }

  private queueOf(key: string): CallQueue {
    return this.byTag === undefined ? this.find(key) : (this.byTag[tagOf(key)] ??= this.find(key));
  }

  private find(key: string): CallQueue {
    const group = this.host.groupOf?.(key) ?? 'all';
    let queue = this.queues.get(group);
    if (queue === undefined) this.queues.set(group, (queue = new CallQueue(this.host, this.script)));
    return queue;
  }
}
