import type { ScriptMemory } from '../../domain/cache-store.js';
import { ConcurrencyCount } from '../algorithms/concurrency.algorithm.js';
import { FixedWindowCount } from '../algorithms/fixed-window.algorithm.js';
import { GcraCount } from '../algorithms/gcra.algorithm.js';
import type { CountState } from '../algorithms/count-state.js';
import type { CountMoment, PolicyCount } from '../algorithms/policy-count.js';
import { SlidingWindowCount } from '../algorithms/sliding-window.algorithm.js';
import { HAS_ROOM, NEVER } from '../policy/limiter-call.js';
import type { PolicyParameters } from '../policy/policy-parameters.js';

/** The stored state of one policy for one subject. */
interface StoredRecord {
  readonly state: CountState;
  /** When the record was written. */
  readonly timeUs: number;
  /** When the record expires. */
  readonly stopUs: number;
  readonly blockedUs: number;
}

/** The stored records of one subject, by the name of the policy. */
class StoredRecords {
  constructor(readonly byName: ReadonlyMap<string, StoredRecord>) {}
}

/** A state of another algorithm is void. */
function readCount(state: CountState | undefined, policy: PolicyParameters, moment: CountMoment): PolicyCount {
  switch (policy.algorithm) {
    case 'gcra':
      return new GcraCount(state?.algorithm === 'gcra' ? state : undefined, policy, moment);
    case 'sliding-window':
      return new SlidingWindowCount(state?.algorithm === 'sliding-window' ? state : undefined, policy, moment);
    case 'fixed-window':
      return new FixedWindowCount(state?.algorithm === 'fixed-window' ? state : undefined, policy, moment);
    case 'concurrency':
      return new ConcurrencyCount(state?.algorithm === 'concurrency' ? state : undefined, policy, moment);
  }
}

/** The record of one policy, updated to the current time. */
export class PolicyRecord {
  constructor(
    readonly policy: PolicyParameters,
    readonly count: PolicyCount,
    public blockedUs: number,
    private readonly nowUs: number,
  ) {}

  get isBlocked(): boolean {
    return this.blockedUs > this.nowUs;
  }

  get free(): number {
    return this.isBlocked ? 0 : Math.max(0, this.count.free);
  }

  /** Microseconds until `tokens` can be spent; HAS_ROOM if they can be now, NEVER if they never can. */
  waitUs(tokens: number): number {
    const waitUs = this.count.free < tokens ? this.count.waitUs(tokens) : HAS_ROOM;
    return this.isBlocked && waitUs !== NEVER ? Math.max(waitUs, this.blockedUs - this.nowUs) : waitUs;
  }

  resetUs(): number {
    return Math.max(this.count.resetUs(), this.blockedUs - this.nowUs);
  }

  stored(): StoredRecord {
    const { count, blockedUs, nowUs } = this;
    const stopUs = Math.max(blockedUs, nowUs + count.resetUs());
    return { state: count.state(), timeUs: count.asOfUs, stopUs, blockedUs };
  }
}

/** The records of one subject at one moment; `save` stores the changes. */
export class SubjectRecords {
  hasChanged = false;
  private readonly stored: Map<string, StoredRecord>;
  private readonly opened = new Map<string, PolicyRecord>();

  constructor(
    private readonly memory: ScriptMemory,
    private readonly key: string,
    private readonly nowUs: number,
  ) {
    const stored = memory.get(key);
    this.stored = new Map(stored instanceof StoredRecords ? stored.byName : undefined);
  }

  of(policy: PolicyParameters): PolicyRecord {
    const { name } = policy;
    const current = this.opened.get(name);
    if (current?.policy === policy) return current;
    // An earlier call used another policy of this name: convert its state to this one.
    if (current !== undefined) this.stored.set(name, current.stored());
    const record = this.open(policy, this.stored.get(name));
    this.opened.set(name, record);
    return record;
  }

  forget(policy: PolicyParameters): PolicyRecord {
    this.stored.delete(policy.name);
    this.opened.delete(policy.name);
    this.hasChanged = true;
    return this.of(policy);
  }

  save(): void {
    if (!this.hasChanged) return;
    for (const [name, record] of this.opened) this.stored.set(name, record.stored());
    let lastUs = this.nowUs;
    for (const [name, { stopUs }] of this.stored) {
      if (stopUs > this.nowUs) lastUs = Math.max(lastUs, stopUs);
      else this.stored.delete(name);
    }
    if (this.stored.size === 0) this.memory.delete(this.key);
    else
      this.memory.set(this.key, new StoredRecords(this.stored), Math.max(1, Math.ceil((lastUs - this.nowUs) / 1000)));
  }

  private open(policy: PolicyParameters, stored: StoredRecord | undefined): PolicyRecord {
    const { nowUs } = this;
    // The clock of the writer was ahead of this one.
    const aheadUs = Math.max(0, (stored?.timeUs ?? 0) - nowUs);
    if (aheadUs > 0) this.hasChanged = true;
    const writtenUs = Math.min(stored?.timeUs ?? nowUs, nowUs);
    const count = readCount(stored?.state, policy, { nowUs, writtenUs, aheadUs });
    return new PolicyRecord(policy, count, (stored?.blockedUs ?? 0) - aheadUs, nowUs);
  }
}
