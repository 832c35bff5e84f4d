import type { ScopeVersions } from '../../../domain/entry-store.js';
import { splitStoredKey, storedKey } from '../stored-key.js';
import type { NearSnapshot } from '../statistics/cache-snapshot.js';
import { EvictionQueue } from './eviction-queue.js';
import { NearCopy, type CopyGroup, type NearFill } from './near-copy.js';
import type { ResolvedNearOptions } from './near-options.js';
import { NearTable } from './near-table.js';

/** The sizes of the copies. */
export interface NearStats {
  /** The number of copies. */
  readonly entries: number;
  /** Their approximate memory in bytes. */
  readonly bytes: number;
  /** Copies dropped because there were too many or too large ones, since the start. */
  readonly evictions: number;
}

/** The approximate memory of a copy in bytes, without its key and its value. */
const COPY_BYTES = 200;

/**
 * The bounded memory of copies. Each namespace has a table of its own, with the keys as callers give them: the lookup of
 * a hit needs no stored key, which would be a new string to build and to hash. One queue bounds all tables together.
 */
export class NearCopies {
  /** By the prefix of the namespace. */
  private readonly tables = new Map<string, NearTable>();
  private readonly queue = new EvictionQueue<NearCopy>();
  private entries = 0;
  private bytes = 0;
  private readonly evicted = { entries: 0, bytes: 0 };

  constructor(
    private readonly rootPrefix: string,
    private readonly limits: Pick<ResolvedNearOptions, 'maxEntries' | 'maxBytes'>,
  ) {}

  get stats(): NearStats {
    const { entries, bytes, evicted } = this;
    return { entries, bytes, evictions: evicted.entries + evicted.bytes };
  }

  /** Like `stats`, with the reasons of the evictions. */
  get snapshot(): NearSnapshot {
    return { entries: this.entries, bytes: this.bytes, evictions: { ...this.evicted } };
  }

  /** The copies of the namespace with this prefix. The same table each time. */
  table(prefix: string): NearTable {
    let table = this.tables.get(prefix);
    if (table === undefined) this.tables.set(prefix, (table = new NearTable()));
    return table;
  }

  /** The copy of a stored key, however old. */
  get(stored: string): NearCopy | undefined {
    const { prefix, key } = splitStoredKey(this.rootPrefix, stored);
    return this.tables.get(prefix)?.copies.get(key);
  }

  /**
   * Keeps a copy until its value is stale, at most for `ttlMs`. False if the value cannot be kept.
   * @param nowMs the monotonic time
   */
  set(stored: string, fill: NearFill, nowMs: number, ttlMs: number): boolean {
    this.delete(stored);
    const { kept, codec, clock, tags = [] } = fill;
    if (kept === undefined) return false;
    const { prefix, key } = splitStoredKey(this.rootPrefix, stored);
    const bytes = Math.ceil(COPY_BYTES + stored.length * 2 + kept.bytes);
    if (bytes > this.limits.maxBytes) return false;
    this.makeRoom(bytes);
    const expiresMs = Math.min(fill.freshUntilMs, nowMs + ttlMs);
    const group = this.table(prefix).group(codec, clock, tags.length > 0);
    const copy = new NearCopy(ownString(key), group, kept, fill, { bytes, expiresMs });
    group.table.set(copy.key, copy);
    this.queue.add(copy);
    this.entries++;
    this.bytes += bytes;
    return true;
  }

  delete(stored: string): void {
    const copy = this.get(stored);
    if (copy !== undefined) this.remove(copy);
  }

  /** Drops the copies whose stored keys begin with the text: the prefix of a namespace, or of keys inside one. */
  deleteUnder(beginning: string): void {
    for (const [prefix, table] of this.tables) {
      const isInside = prefix.startsWith(beginning);
      if (!isInside && !beginning.startsWith(prefix)) continue;
      for (const copy of table.copies.values())
        if (isInside || storedKey(prefix, copy.key).startsWith(beginning)) this.remove(copy);
    }
  }

  clear(): void {
    for (const table of this.tables.values()) table.copies.clear();
    this.queue.clear();
    this.entries = 0;
    this.bytes = 0;
  }

  private makeRoom(bytes: number): void {
    const { maxEntries, maxBytes } = this.limits;
    while (this.entries >= maxEntries || this.bytes + bytes > maxBytes) {
      const reason = this.entries >= maxEntries ? 'entries' : 'bytes';
      const copy = this.queue.next();
      if (copy === undefined) return;
      this.remove(copy);
      this.evicted[reason]++;
    }
  }

  private remove(copy: NearCopy): void {
    copy.group.table.delete(copy.key);
    this.queue.remove(copy);
    this.entries--;
    this.bytes -= copy.bytes;
  }
}

/** The same text with memory of its own: a part of a string keeps the whole string in memory. */
function ownString(part: string): string {
  return Buffer.from(part).toString();
}

/** Whether no flush and no invalidation of tags since then can concern the copies of a group. */
export function isCurrent(group: CopyGroup, versions: ScopeVersions): boolean {
  if (group.currentIn === versions) return true;
  const { clock, isTagged } = group;
  const { floor, tagged, isSweeping } = versions;
  const isValid = clock === undefined ? !isSweeping : clock >= floor && (!isTagged || clock >= tagged);
  if (isValid) group.currentIn = versions;
  return isValid;
}
