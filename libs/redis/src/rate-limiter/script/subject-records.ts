import type { ScriptMemory } from '../../domain/cache-store.js';
import { ConcurrencyCount } from '../algorithms/concurrency.count.js';
import { FixedWindowCount } from '../algorithms/fixed-window.count.js';
import { GcraCount } from '../algorithms/gcra.count.js';
import type { PolicyCount, ReadCount } from '../algorithms/policy-count.js';
import { SlidingWindowCount } from '../algorithms/sliding-window.count.js';
import { HAS_ROOM, NEVER } from '../policy/decide.calls.js';
import { KINDS, type PolicyParameters } from '../policy/policy-parameters.js';

/** What is kept of one policy for one subject. */
interface StoredRecord {
  readonly kind: number;
  /** When it was written. */
  readonly timeUs: number;
  /** From when on it says nothing any more. */
  readonly stopUs: number;
  readonly blockedUs: number;
  readonly body: unknown;
}

type StoredRecords = ReadonlyMap<string, StoredRecord>;

const READ: Readonly<Record<number, ReadCount>> = {
  [KINDS.gcra]: (...read) => new GcraCount(...read),
  [KINDS['sliding-window']]: (...read) => new SlidingWindowCount(...read),
  [KINDS['fixed-window']]: (...read) => new FixedWindowCount(...read),
  [KINDS.concurrency]: (...read) => new ConcurrencyCount(...read),
};

/** The record of one policy, read. */
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

  /** Microseconds until there is room for so many; HAS_ROOM where there is, NEVER where there will not be. */
  waitUs(tokens: number): number {
    const waitUs = this.count.free < tokens ? this.count.waitUs(tokens) : HAS_ROOM;
    return this.isBlocked && waitUs !== NEVER ? Math.max(waitUs, this.blockedUs - this.nowUs) : waitUs;
  }

  resetUs(): number {
    return Math.max(this.count.resetUs(), this.blockedUs - this.nowUs);
  }

  stored(): StoredRecord {
    const { policy, count, blockedUs, nowUs } = this;
    const stopUs = Math.max(blockedUs, nowUs + count.resetUs());
    return { kind: policy.kind, timeUs: count.asOfUs, stopUs, blockedUs, body: count.body() };
  }
}

/** The records of one subject at one moment; `save` keeps what was changed. */
export class SubjectRecords {
  hasChanged = false;
  private readonly stored: Map<string, StoredRecord>;
  private readonly read = new Map<string, PolicyRecord>();

  constructor(
    private readonly memory: ScriptMemory,
    private readonly key: string,
    private readonly nowUs: number,
  ) {
    this.stored = new Map(memory.get(key) as StoredRecords | undefined);
  }

  of(policy: PolicyParameters): PolicyRecord {
    const { name } = policy;
    const known = this.read.get(name);
    if (known?.policy === policy) return known;
    // Another policy of that name was asked before: what it left is read anew.
    if (known !== undefined) this.stored.set(name, known.stored());
    const record = this.open(policy, this.stored.get(name));
    this.read.set(name, record);
    return record;
  }

  forget(policy: PolicyParameters): PolicyRecord {
    this.stored.delete(policy.name);
    this.read.delete(policy.name);
    this.hasChanged = true;
    return this.of(policy);
  }

  save(): void {
    if (!this.hasChanged) return;
    for (const [name, record] of this.read) this.stored.set(name, record.stored());
    let lastUs = this.nowUs;
    for (const [name, { stopUs }] of this.stored) {
      if (stopUs > this.nowUs) lastUs = Math.max(lastUs, stopUs);
      else this.stored.delete(name);
    }
    if (this.stored.size === 0) this.memory.delete(this.key);
    else this.memory.set(this.key, this.stored, Math.max(1, Math.ceil((lastUs - this.nowUs) / 1000)));
  }

  private open(policy: PolicyParameters, stored: StoredRecord | undefined): PolicyRecord {
    const { nowUs } = this;
    // Written by a clock that was ahead of this one.
    const aheadUs = Math.max(0, (stored?.timeUs ?? 0) - nowUs);
    if (aheadUs > 0) this.hasChanged = true;
    const body = stored?.kind === policy.kind ? stored.body : undefined;
    const writtenUs = Math.min(stored?.timeUs ?? nowUs, nowUs);
    const count = (READ[policy.kind] as ReadCount)(body, policy, { nowUs, writtenUs, aheadUs });
    return new PolicyRecord(policy, count, (stored?.blockedUs ?? 0) - aheadUs, nowUs);
  }
}
