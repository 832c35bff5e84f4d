import { zip } from '../../../common/zip.js';
import { allOf, chain, mapAll } from '../../../domain/codec/maybe-promise.js';
import type {
  Acquisition,
  EntryRead,
  EntryStore,
  EntryWrite,
  FailureMark,
  LeaseRequest,
  RaisedVersions,
  Removal,
  ScopeVersions,
  StoredRead,
  SweepOptions,
  TagVersion,
  VersionScope,
} from '../../../domain/entry-store.js';
import { isPlainCount } from '../../../domain/codec/plain-count.js';
import { checkField } from '../../../domain/models/cache-key.js';
import { checkAmount } from '../../../domain/models/counter.js';
import { checkStorable } from '../../../domain/models/stored-value.js';
import type { CallContext } from '../../calls/call-context.js';
import { decodeRead } from '../../calls/decoded-read.js';
import { extendMeta } from '../../calls/extended-meta.js';
import type { KeySpace } from '../../calls/key-space.js';
import type { MemoryCalls } from '../memory-calls.js';
import type { MemoryCounters } from '../memory-counters.js';
import type { MemoryHashes } from '../memory-hashes.js';
import type { MemoryRecord, MemoryRecords } from '../memory-records.js';
import { bytesOf, type StoredForm, type ValueFormat, type ValueFormats } from '../value-format.js';
import type { LeaseWatchers } from './lease-watchers.js';
import type { MemoryLeases } from './memory-leases.js';
import type { MemoryVersions } from './memory-versions.js';

/** The parts of a store that its entries use. */
export interface MemoryEntryParts {
  readonly calls: MemoryCalls;
  readonly records: MemoryRecords;
  readonly formats: ValueFormats;
  readonly keySpace: KeySpace;
  readonly counters: MemoryCounters;
  readonly hashes: MemoryHashes;
  readonly leases: MemoryLeases;
  readonly watchers: LeaseWatchers;
  readonly versions: MemoryVersions;
  /** The time of the store, in whole milliseconds since 1970. */
  readonly nowMs: () => number;
}

/**
 * Entries, leases and versions in memory, within the limits and with the codec of one view. A change and the end of its
 * lease are one synchronous step, which runs in the order of the calls on its key.
 */
export class MemoryEntries implements EntryStore {
  private readonly format: ValueFormat;

  constructor(
    private readonly parts: MemoryEntryParts,
    private readonly context: CallContext,
  ) {
    this.format = parts.formats.of(context.codec);
  }

  async read<T>(key: string, scope: VersionScope): Promise<EntryRead<T>> {
    const at = this.parts.keySpace.locate(key);
    return this.reading('GET', [at], () => {
      const versions = this.parts.versions.of(scope);
      return chain(this.stored<T>(at), (read) => ({ ...read, versions }));
    });
  }

  async readMany<T>(keys: readonly string[], scope: VersionScope): Promise<readonly EntryRead<T>[]> {
    const all = this.parts.keySpace.locateAll(keys);
    return this.reading('MGET', all, () => {
      const versions = this.parts.versions.of(scope);
      const reads = mapAll(all, (at) => this.stored<T>(at));
      return chain(allOf(reads), (done) => done.map((read) => ({ ...read, versions })));
    });
  }

  async readValue<T>(key: string): Promise<StoredRead<T>> {
    const at = this.parts.keySpace.locate(key);
    return this.reading('GET', [at], () => this.stored<T>(at));
  }

  async readValues<T>(keys: readonly string[]): Promise<readonly StoredRead<T>[]> {
    const all = this.parts.keySpace.locateAll(keys);
    return this.reading('MGET', all, () => allOf(mapAll(all, (at) => this.stored<T>(at))));
  }

  async versions(scope: VersionScope): Promise<ScopeVersions> {
    this.parts.calls.start(this.context);
    return this.parts.versions.of(scope);
  }

  async now(key: string): Promise<number> {
    this.parts.keySpace.locate(key);
    this.parts.calls.start(this.context);
    return this.parts.nowMs();
  }

  async tagVersions(scope: VersionScope, tags: readonly string[]): Promise<readonly TagVersion[]> {
    this.parts.calls.start(this.context);
    return this.parts.versions.ofTags(scope, tags);
  }

  async acquire<T>(key: string, lease: LeaseRequest): Promise<Acquisition<T>> {
    const at = this.parts.keySpace.locate(key);
    return this.reading('acquire', [at], () => {
      const answer = this.parts.leases.acquire(at, lease);
      return chain(this.stored<T>(at), (read) => ({ ...read, ...answer }));
    });
  }

  async renew(key: string, token: string, ttlMs: number): Promise<boolean> {
    return this.changing('renew', key, (at) => this.parts.leases.renew(at, token, ttlMs));
  }

  async publish(key: string, token: string, entry: EntryWrite): Promise<boolean> {
    const at = this.parts.keySpace.locate(key);
    return this.storing('publish', at, this.pack(at, entry), (stored) => {
      if (!this.parts.leases.holds(at, token)) return false;
      this.put(at, stored, entry.ttlMs);
      return true;
    });
  }

  async release(key: string, token: string, failure?: FailureMark): Promise<void> {
    return this.changing('release', key, (at) => this.parts.leases.release(at, token, failure));
  }

  async watch(key: string, onSettled: () => void): Promise<() => void> {
    const at = this.parts.keySpace.locate(key);
    this.parts.calls.start(this.context);
    return this.parts.watchers.watch(at, onSettled);
  }

  async write(key: string, entry: EntryWrite): Promise<void> {
    const at = this.parts.keySpace.locate(key);
    return this.storing('SET', at, this.pack(at, entry), (stored) => this.put(at, stored, entry.ttlMs));
  }

  async writeMany(entries: readonly (EntryWrite & { readonly key: string })[]): Promise<void> {
    const located = entries.map((entry) => ({ entry, at: this.parts.keySpace.locate(entry.key) }));
    const packed = mapAll(located, ({ at, entry }) => this.pack(at, entry));
    const results = await Promise.allSettled(
      zip(located, packed).map(([{ at, entry }, form]) =>
        this.storing('SET', at, form, (stored) => this.put(at, stored, entry.ttlMs)),
      ),
    );
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }

  async remove(keys: readonly string[]): Promise<Removal> {
    const { calls, records, leases, keySpace } = this.parts;
    const all = keySpace.locateAll(keys);
    return calls.run<Removal>('DEL', all, this.context, () => {
      for (const at of all) leases.void(at);
      return { removed: all.filter((at) => records.delete(at)).length, status: 'applied' };
    });
  }

  async incr(key: string, amount: number, ttlMs: number | undefined): Promise<number> {
    checkAmount(amount);
    return this.changing('INCR', key, (at) => {
      const count = this.parts.counters.addNow(at, amount, ttlMs, this.context);
      this.parts.leases.void(at);
      return count;
    });
  }

  async hset(key: string, field: string, value: unknown, ttlMs: number | undefined): Promise<void> {
    const { keySpace, hashes, leases } = this.parts;
    const at = keySpace.locate(key);
    checkField(field);
    checkStorable(value);
    return this.storing('HSET', at, this.format.pack(value, { key: at, field }), (stored) => {
      hashes.setNow(at, field, stored, ttlMs);
      leases.void(at);
    });
  }

  async hdel(key: string, fields: readonly string[]): Promise<number> {
    fields.forEach(checkField);
    return this.changing('HDEL', key, (at) => {
      const removed = this.parts.hashes.deleteNow(at, fields);
      this.parts.leases.void(at);
      return removed;
    });
  }

  async expire(key: string, ttlMs: number): Promise<boolean> {
    const at = this.parts.keySpace.locate(key);
    return this.parts.calls.runExclusively('PEXPIRE', at, this.context, async () => {
      const record = this.parts.records.get(at);
      if (record === undefined || !(await this.extend(at, record, ttlMs))) return false;
      this.parts.leases.void(at);
      return true;
    });
  }

  async voidLeases(keys: readonly string[]): Promise<void> {
    const { calls, leases, keySpace } = this.parts;
    const all = keySpace.locateAll(keys);
    return calls.run('voidLeases', all, this.context, () => all.forEach((at) => leases.void(at)));
  }

  async raiseFloor(scope: VersionScope, seen: number): Promise<RaisedVersions> {
    this.parts.calls.start(this.context);
    return { ...this.parts.versions.raiseFloor(scope, seen), status: 'applied' };
  }

  async raiseFloorOnce(scope: VersionScope, event: string, seen: number): Promise<RaisedVersions | undefined> {
    this.parts.calls.start(this.context);
    const versions = this.parts.versions.raiseFloorOnce(scope, event, seen);
    return versions && { ...versions, status: 'applied' };
  }

  async invalidateTags(
    scope: VersionScope,
    tags: readonly string[],
    { keepForErrors, seen }: { readonly keepForErrors: boolean; readonly seen: number },
  ): Promise<RaisedVersions> {
    this.parts.calls.start(this.context);
    const versions = this.parts.versions.invalidateTags(scope, tags, keepForErrors ? 'stale' : 'removed', seen);
    return { ...versions, status: 'applied' };
  }

  async sweep(scope: VersionScope, floor: number, options: SweepOptions = {}): Promise<number> {
    const { calls, records, versions, keySpace } = this.parts;
    calls.start(this.context);
    const from = keySpace.prefix + (scope.prefixes.at(-1) ?? scope.prefixes[0]);
    return calls.order.afterEverything(() => {
      const { keepData = versions.keepsData(scope, floor) } = options;
      const isOld = (record: MemoryRecord | undefined): boolean =>
        clockOf(record) < floor && !(keepData && isData(record));
      const old = [...records.keys()].filter((at) => at.startsWith(from) && isOld(records.get(at)));
      const removed = old.filter((at) => records.delete(at)).length;
      versions.endSweep(scope, floor);
      return removed;
    });
  }

  /** Runs a read, and applies the limits of the call to the decoding of its values. */
  private reading<R>(label: string, keys: readonly string[], read: () => R | Promise<R>): Promise<R> {
    const { calls } = this.parts;
    return calls.run(label, keys, this.context, (remaining) => calls.decoding(label, read(), remaining));
  }

  private changing<R>(label: string, key: string, change: (at: string) => R): Promise<R> {
    const at = this.parts.keySpace.locate(key);
    return this.parts.calls.run<R>(label, [at], this.context, () => change(at));
  }

  private storing<R>(
    label: string,
    at: string,
    form: StoredForm | Promise<StoredForm>,
    store: (stored: StoredForm) => R,
  ): Promise<R> {
    return this.parts.calls.write(label, at, form, this.context, store);
  }

  private pack(at: string, { value, meta }: EntryWrite): StoredForm | Promise<StoredForm> {
    checkStorable(value);
    return this.format.pack(value, { key: at }, meta);
  }

  private put(at: string, stored: StoredForm, ttlMs: number | undefined): void {
    const { records, leases } = this.parts;
    records.set(at, { type: 'value', stored, expiresAtMs: records.expiryAfter(ttlMs) });
    leases.void(at);
  }

  private stored<T>(at: string): StoredRead<T> | Promise<StoredRead<T>> {
    const { records, nowMs } = this.parts;
    const record = records.get(at);
    const now = nowMs();
    if (record?.type !== 'value') {
      return { stored: undefined, unreadable: undefined, bytes: undefined, encoded: undefined, nowMs: now };
    }
    const { stored } = record;
    return chain(
      decodeRead(() => this.format.decode<T>(stored, { key: at })),
      (read) => ({ ...read, bytes: stored.bytes, encoded: undefined, nowMs: now }),
    );
  }

  /** Sets the time to live. An entry is stored again with its new meta; false if it was dropped meanwhile. */
  private async extend(at: string, record: MemoryRecord, ttlMs: number): Promise<boolean> {
    const { records, nowMs } = this.parts;
    if (record.type !== 'value' || record.stored.meta === undefined) {
      record.expiresAtMs = records.expiryAfter(ttlMs);
      return true;
    }
    const startMs = nowMs();
    const meta = extendMeta(record.stored.meta, ttlMs, startMs);
    const stored = await this.format.withMeta(record.stored, { key: at }, meta);
    if (records.get(at) !== record) return false;
    const expiresAfterMs = meta.expires === undefined ? undefined : meta.expires - startMs;
    records.set(at, { type: 'value', stored, expiresAtMs: records.expiryAfter(expiresAfterMs) });
    return true;
  }
}

/** Whether the record is a counter, a hash or the state of a script. */
function isData(record: MemoryRecord | undefined): boolean {
  if (record?.type !== 'value') return record !== undefined;
  return record.stored.meta === undefined && isPlainCount(bytesOf(record.stored));
}

/** The clock of an entry; -Infinity for everything that has none. */
function clockOf(record: MemoryRecord | undefined): number {
  return record?.type === 'value' ? (record.stored.meta?.clock ?? -Infinity) : -Infinity;
}
