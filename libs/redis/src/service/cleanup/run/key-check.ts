import { isEnvelope, readHeader } from '../../../domain/codec/envelope.js';
import type { ScriptArg, ScriptHost } from '../../../domain/cache-store.js';
import { expiringKindOf, isInternalKey } from '../../../domain/models/internal-keys.js';
import type { EntryMeta } from '../../../domain/value-codec.js';
import type { ResolvedCleanupOptions } from '../cleanup-options.js';
import type { CleanupReason, Findings } from '../cleanup-report.js';
import { CLEAN_KEYS, INSPECT_KEYS, type KeyFacts } from '../script/cleanup.scripts.js';
import type { FoundEntry, InvalidEntries } from './invalid-entries.js';

/** The most keys of one script: the server executes nothing else meanwhile. */
const SCRIPT_KEYS = 100;
/** A key that never expires is removed only if it was not used for this time: its expiry may follow in a command of its own. */
const MIN_IDLE_S = 60;

/** What to do with a key. */
interface Finding {
  readonly key: string;
  readonly reason: CleanupReason;
  /** The condition and the action for clean-keys.lua; undefined only reports the key. */
  readonly rule: ScriptArg | undefined;
}

/** Checks the keys of one step of the scan, and removes those that the jobs find. */
export class KeyCheck {
  constructor(
    private readonly scripts: ScriptHost,
    private readonly invalid: InvalidEntries | undefined,
    private readonly options: ResolvedCleanupOptions,
  ) {}

  async check(keys: readonly string[], findings: Findings): Promise<void> {
    await Promise.all(this.groups(keys).map((group) => this.checkGroup(group, findings)));
  }

  /** A script takes keys of one group, and so many that it is short. */
  private groups(keys: readonly string[]): readonly (readonly string[])[] {
    const groups = new Map<string | number, string[]>();
    for (const key of keys) {
      const group = this.scripts.groupOf?.(key) ?? 0;
      const listed = groups.get(group);
      if (listed === undefined) groups.set(group, [key]);
      else listed.push(key);
    }
    return [...groups.values()].flatMap((group) =>
      Array.from({ length: Math.ceil(group.length / SCRIPT_KEYS) }, (_, i) =>
        group.slice(i * SCRIPT_KEYS, (i + 1) * SCRIPT_KEYS),
      ),
    );
  }

  private async checkGroup(keys: readonly string[], findings: Findings): Promise<void> {
    const { jobs, bigKeyBytes } = this.options;
    const wantsSizes = jobs.includes('big-keys') ? '1' : '0';
    const { nowMs, facts } = await this.scripts.run(INSPECT_KEYS, keys, [this.wantedHeads(), wantsSizes]);
    const found = await this.findings(keys, facts, nowMs);
    if (wantsSizes === '1') {
      keys.forEach((key, i) => {
        const { bytes = 0 } = facts[i] ?? {};
        if (bytes >= bigKeyBytes) findings.addBigKey({ key, bytes });
      });
    }
    for (const { reason, rule } of found) if (rule === undefined) findings.addFound(reason);
    await this.clean(
      found.filter(({ rule }) => rule !== undefined),
      findings,
    );
  }

  /** A read of a value counts as a use, so values of keys that may be removed as unused are not read. */
  private wantedHeads(): string {
    const { jobs, noTtl } = this.options;
    if (!jobs.includes('flushed') && !jobs.includes('expired')) return '0';
    return jobs.includes('no-ttl') && noTtl === 'delete' ? '2' : '1';
  }

  private async findings(keys: readonly string[], facts: readonly KeyFacts[], nowMs: number): Promise<Finding[]> {
    const found: Finding[] = [];
    const entries: (FoundEntry & { readonly head: Buffer })[] = [];
    keys.forEach((key, i) => {
      const fact = facts[i];
      if (fact === undefined || fact.ttlMs === -2) return;
      const finding = this.ofExpiry(key, fact);
      if (finding !== undefined) found.push(finding);
      const header = finding === undefined ? headerOf(fact.head) : undefined;
      if (header !== undefined) entries.push({ key, ...header });
    });
    const reasons = (await this.invalid?.reasons(entries, nowMs)) ?? [];
    entries.forEach(({ key, head }, i) => {
      const reason = reasons[i];
      if (reason === undefined || !this.options.jobs.includes(reason === 'expired' ? 'expired' : 'flushed')) return;
      found.push({ key, reason, rule: Buffer.concat([Buffer.from('h'), head]) });
    });
    return found;
  }

  /** The finding for a key that never expires. */
  private ofExpiry(key: string, { ttlMs }: KeyFacts): Finding | undefined {
    const { jobs, noTtl, noTtlExpiryMs } = this.options;
    if (ttlMs !== -1) return undefined;
    const kind = expiringKindOf(key);
    if (kind !== undefined)
      return jobs.includes('stale-internal') ? { key, reason: kind, rule: kind === 'lock' ? 'l' : 'i' } : undefined;
    if (!jobs.includes('no-ttl') || isInternalKey(key)) return undefined;
    const rules = { report: undefined, expire: `x${noTtlExpiryMs}`, delete: `d${MIN_IDLE_S}` };
    return { key, reason: 'no-ttl', rule: rules[noTtl] };
  }

  private async clean(found: readonly Finding[], findings: Findings): Promise<void> {
    if (found.length === 0) return;
    const rules = found.map(({ rule }) => rule ?? '');
    const { dryRun } = this.options;
    const keys = found.map(({ key }) => key);
    const sizes = await this.scripts.run(CLEAN_KEYS, keys, [dryRun ? '1' : '0', ...rules]);
    found.forEach(({ reason, rule }, i) => {
      const bytes = sizes[i] ?? -1;
      if (bytes < 0) return;
      findings.addFound(reason);
      const expires = String(rule).startsWith('x');
      if (!expires) findings.bytes += bytes;
      if (dryRun) return;
      if (expires) findings.expiring++;
      else findings.addRemoved(reason);
    });
  }
}

/** The meta of an entry, and the bytes of its header. Undefined for other values, and for those of a newer version. */
function headerOf(value: Buffer): { readonly meta: EntryMeta; readonly head: Buffer } | undefined {
  try {
    if (!isEnvelope(value)) return undefined;
    const { header, headerBytes } = readHeader(value);
    return header.meta && { meta: header.meta, head: headerBytes };
  } catch {
    return undefined;
  }
}
