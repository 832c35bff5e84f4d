import { RedisInfraError } from '../../../src/common/redis-infra.error.js';
import { faultOf } from '../../../src/common/error-codes.js';
import type { Environment } from '../../../src/common/time/environment.js';
import type { CacheStore } from '../../../src/domain/cache-store.js';
import type {
  Acquisition,
  EntryRead,
  EntryStore,
  EntryWrite,
  LeaseRequest,
  RaisedVersions,
  Removal,
  ScopeVersions,
  StoredRead,
  VersionScope,
} from '../../../src/domain/entry-store.js';
import type { Decoded } from '../../../src/domain/value-codec.js';
import { EPOCH_MS } from '../../cache-engine/simulation/virtual-process.js';
import type { FallbackMechanisms } from './fallback-mechanisms.js';
import type { JournalChange } from '../../../src/service/fallback/journal/journal-change.js';
import { covers, type ReferenceJournal } from './reference-journal.js';
import type { ReferenceRecovery } from './reference-recovery.js';

interface EntriesParts {
  readonly primary: CacheStore;
  readonly environment: Environment;
  readonly journal: ReferenceJournal;
  readonly recovery: ReferenceRecovery;
  readonly mechanisms: FallbackMechanisms;
  readonly maxStaleMs: number;
}

interface Copy {
  readonly stored: Decoded<unknown>;
  readonly confirmedMs: number;
  /** The versions that the value was read with. */
  readonly versions: ScopeVersions | undefined;
  /** The value was written or loaded without the primary. */
  readonly isOutage: boolean;
}

/** The entries of the reference fallback. */
export class ReferenceEntries implements EntryStore {
  private readonly copies = new Map<string, Copy>();
  /** The leases that were granted without the primary, with the epochs of their loads. */
  private readonly localTokens = new Map<string, number>();
  /** Changes with every change of a key by this process. */
  private epoch = 0;
  /** The versions of the changes that were journaled, for the loads of this process. */
  private local: ScopeVersions = { clock: 0, floor: 0, tagged: 0, isSweeping: false };
  /** The clock of the server minus the monotonic clock of the process. */
  private offsetMs: number;

  constructor(private readonly parts: EntriesParts) {
    this.offsetMs = EPOCH_MS - parts.environment.clock.monotonicMs();
    parts.recovery.onUp = () => {
      for (const [key, copy] of this.copies) if (copy.isOutage) this.copies.delete(key);
    };
  }

  read<T>(key: string, scope: VersionScope): Promise<EntryRead<T>> {
    return this.reading(
      key,
      async (entries) => {
        const reply = await entries.read<T>(key, scope);
        this.parts.recovery.see(reply.versions);
        return reply;
      },
      () => ({ ...this.copyOf<T>(key), versions: this.versionsOf(key) }),
    );
  }

  readMany<T>(keys: readonly string[], scope: VersionScope): Promise<readonly EntryRead<T>[]> {
    return Promise.all(keys.map((key) => this.read<T>(key, scope)));
  }

  readValue<T>(key: string): Promise<StoredRead<T>> {
    return this.reading(
      key,
      (entries) => entries.readValue<T>(key),
      () => this.copyOf<T>(key),
    );
  }

  versions(scope: VersionScope): Promise<ScopeVersions> {
    return this.using(
      (entries) => entries.versions(scope),
      () => this.localVersions,
    );
  }

  tagVersions(scope: VersionScope, tags: readonly string[]): ReturnType<EntryStore['tagVersions']> {
    return this.using(
      (entries) => entries.tagVersions(scope, tags),
      // Unknown: a copy with tags is valid only if no tag was invalidated since its load.
      () => tags.map(() => ({ removed: Infinity, stale: Infinity })),
    );
  }

  now(key: string): Promise<number> {
    return this.using(
      (entries) => entries.now(key),
      () => this.serverNowMs,
    );
  }

  acquire<T>(key: string, lease: LeaseRequest): Promise<Acquisition<T>> {
    const locally = (): Acquisition<T> => {
      this.localTokens.set(lease.token, this.epoch);
      return { ...this.copyOf<T>(key), status: 'acquired' };
    };
    return this.using((entries) => entries.acquire<T>(key, lease), locally);
  }

  renew(key: string, token: string, ttlMs: number): Promise<boolean> {
    if (this.localTokens.has(token)) return Promise.resolve(true);
    return this.using(
      (entries) => entries.renew(key, token, ttlMs),
      () => false,
    );
  }

  async publish(key: string, token: string, entry: EntryWrite): Promise<boolean> {
    const { recovery, mechanisms } = this.parts;
    const loadEpoch = this.localTokens.get(token);
    if (loadEpoch === undefined) {
      return this.using(
        (entries) => entries.publish(key, token, entry),
        () => false,
      );
    }
    if (!recovery.isUp) {
      if (loadEpoch === this.epoch) this.keepOutageCopy(key, entry);
    } else if (!mechanisms.fillGuard) {
      await this.using(
        (entries) => entries.write(key, entry),
        () => undefined,
      );
    }
    return !recovery.isUp;
  }

  async release(key: string, token: string, failure?: Parameters<EntryStore['release']>[2]): Promise<void> {
    if (this.localTokens.delete(token)) return;
    await this.using(
      (entries) => entries.release(key, token, failure),
      () => undefined,
    );
  }

  watch(key: string, onSettled: () => void): Promise<() => void> {
    return this.entries.watch(key, onSettled);
  }

  async write(key: string, entry: EntryWrite): Promise<void> {
    await this.changing(
      { kind: 'key', key },
      (entries) => entries.write(key, entry),
      () => this.keepOutageCopy(key, entry),
    );
  }

  async writeMany(all: readonly (EntryWrite & { readonly key: string })[]): Promise<void> {
    await Promise.all(all.map((entry) => this.write(entry.key, entry)));
  }

  async remove(keys: readonly string[]): Promise<Removal> {
    const removals = await Promise.all(
      keys.map((key) => this.changing({ kind: 'key', key }, (entries) => entries.remove([key]))),
    );
    const removed = removals.reduce((sum, one) => sum + (one?.result.removed ?? 0), 0);
    return { removed, status: removals.includes(undefined) ? 'journaled' : 'applied' };
  }

  incr(key: string, amount: number, ttlMs: number | undefined): Promise<number> {
    return this.entries.incr(key, amount, ttlMs);
  }

  hset(key: string, field: string, value: unknown, ttlMs: number | undefined): Promise<void> {
    return this.entries.hset(key, field, value, ttlMs);
  }

  hdel(key: string, fields: readonly string[]): Promise<number> {
    return this.entries.hdel(key, fields);
  }

  expire(key: string, ttlMs: number): Promise<boolean> {
    return this.entries.expire(key, ttlMs);
  }

  voidLeases(keys: readonly string[]): Promise<void> {
    return this.entries.voidLeases(keys);
  }

  async raiseFloor({ prefixes }: VersionScope, seen: number): Promise<RaisedVersions> {
    const raised = await this.changing({ kind: 'flush', prefixes }, (entries) =>
      entries.raiseFloor({ prefixes }, seen),
    );
    return raised?.result ?? { ...this.localVersions, status: 'journaled' };
  }

  raiseFloorOnce(scope: VersionScope, event: string, seen: number): Promise<RaisedVersions | undefined> {
    return this.entries.raiseFloorOnce(scope, event, seen);
  }

  async invalidateTags(
    { prefixes }: VersionScope,
    tags: readonly string[],
    options: { readonly keepForErrors: boolean; readonly seen: number },
  ): Promise<RaisedVersions> {
    const { keepForErrors } = options;
    const raised = await this.changing({ kind: 'tags', prefixes, tags, keepForErrors }, (entries) =>
      entries.invalidateTags({ prefixes }, tags, options),
    );
    return raised?.result ?? { ...this.localVersions, status: 'journaled' };
  }

  sweep(scope: VersionScope, floor: number): Promise<number> {
    return this.using(
      (entries) => entries.sweep(scope, floor),
      () => 0,
    );
  }

  private get entries(): EntryStore {
    const entries = this.parts.primary.can?.entries;
    if (entries === undefined) throw new Error('the primary has no entries');
    return entries;
  }

  private get localVersions(): ScopeVersions {
    return { ...this.local, clock: Math.max(this.local.clock, this.parts.recovery.seenVersion) };
  }

  /** The versions that a copy is judged by. */
  private versionsOf(key: string): ScopeVersions {
    const { clock, floor, tagged } = this.localVersions;
    const known = this.copies.get(key)?.versions;
    return {
      clock: Math.max(clock, known?.clock ?? 0),
      floor: Math.max(floor, known?.floor ?? 0),
      tagged: Math.max(tagged, known?.tagged ?? 0),
      isSweeping: known?.isSweeping ?? false,
    };
  }

  /** Issues a version for a change that is journaled. Copies are judged by it only if they were made later. */
  private issueVersion({ kind }: JournalChange): void {
    const clock = this.localVersions.clock + 1;
    this.local = { ...this.local, clock };
    if (kind === 'tags') this.local = { ...this.local, tagged: clock };
    else if (kind !== 'key') this.local = { ...this.local, floor: clock };
  }

  private get serverNowMs(): number {
    return Math.floor(this.parts.environment.clock.monotonicMs() + this.offsetMs);
  }

  /** Uses the primary, or answers without it. A reply of a connection that was lost meanwhile is not used. */
  private async using<T>(work: (entries: EntryStore) => Promise<T>, otherwise: () => T): Promise<T> {
    const { recovery, mechanisms } = this.parts;
    if (!recovery.isUp) return otherwise();
    const { generation } = recovery;
    try {
      const result = await work(this.entries);
      if (mechanisms.recoveryGate && generation !== recovery.generation) return otherwise();
      recovery.contact();
      return result;
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      recovery.failed();
      return otherwise();
    }
  }

  private async reading<T, R extends StoredRead<T> & { readonly versions?: ScopeVersions }>(
    key: string,
    work: (entries: EntryStore) => Promise<R>,
    otherwise: () => R,
  ): Promise<R> {
    const { epoch } = this;
    const { recovery, mechanisms } = this.parts;
    const { generation } = recovery;
    const sentMs = this.parts.environment.clock.monotonicMs();
    const read = async (entries: EntryStore): Promise<R> => {
      const reply = await work(entries);
      const { nowMs, stored } = reply;
      this.offsetMs = nowMs - this.parts.environment.clock.monotonicMs();
      if (generation !== recovery.generation && mechanisms.recoveryGate) return reply;
      const { versions } = reply;
      if (stored === undefined) this.copies.delete(key);
      else if (epoch === this.epoch) this.copies.set(key, { stored, confirmedMs: sentMs, versions, isOutage: false });
      return reply;
    };
    return this.using(read, otherwise);
  }

  /** Changes the primary, or journals the change. Undefined if it was journaled. */
  private async changing<T>(
    change: JournalChange,
    work: (entries: EntryStore) => Promise<T>,
    onUnavailable: () => void = () => undefined,
  ): Promise<{ readonly result: T } | undefined> {
    const { recovery, journal, mechanisms } = this.parts;
    this.dropCopies(change);
    const { epoch } = this;
    const applied = await this.using<{ readonly result: T } | undefined>(
      async (entries) => ({ result: await work(entries) }),
      () => undefined,
    );
    const isNewest = epoch === this.epoch;
    this.dropCopies(change);
    if (applied !== undefined) recovery.acknowledged(change);
    else {
      this.issueVersion(change);
      if (isNewest) onUnavailable();
      if (mechanisms.journal) await journal.add(change);
    }
    return applied;
  }

  private dropCopies(change: JournalChange): void {
    this.epoch++;
    for (const key of this.copies.keys()) if (covers(change, key)) this.copies.delete(key);
  }

  private keepOutageCopy(key: string, { value, meta }: EntryWrite): void {
    const confirmedMs = this.parts.environment.clock.monotonicMs();
    this.copies.set(key, { stored: { value, meta }, confirmedMs, versions: undefined, isOutage: true });
  }

  private copyOf<T>(key: string): StoredRead<T> {
    const copy = this.copies.get(key);
    const ageMs = this.parts.environment.clock.monotonicMs() - (copy?.confirmedMs ?? 0);
    const stored = copy !== undefined && ageMs < this.parts.maxStaleMs ? (copy.stored as Decoded<T>) : undefined;
    return { stored, encoded: undefined, unreadable: undefined, bytes: undefined, nowMs: this.serverNowMs };
  }
}

function isUnavailable(error: unknown): boolean {
  return error instanceof RedisInfraError && faultOf(error) === 'store';
}
