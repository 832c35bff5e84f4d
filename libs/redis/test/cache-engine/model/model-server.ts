import { deserialize, serialize } from 'node:v8';
import type {
  Acquisition,
  EntryWrite,
  LeaseRequest,
  ScopeVersions,
  StoredRead,
  VersionScope,
} from '../../../src/domain/entry-store.js';
import { RedisInfraError } from '../../../src/common/redis-infra.error.js';
import type { Decoded } from '../../../src/domain/value-codec.js';
import { EPOCH_MS } from '../simulation/virtual-process.js';
import type { VirtualScheduler } from '../simulation/virtual-scheduler.js';
import { ModelLeases, type LeaseObserver, type LeasesState } from './model-leases.js';
import { ModelTables, type TablesState } from './model-tables.js';

/** What is under a key until it changes. */
class Content {
  private bytes: Buffer | undefined = undefined;

  constructor(
    readonly stored: Decoded<unknown>,
    readonly untilMs: number,
  ) {}

  /** The bytes of the value. They are the same for all reads. */
  get encoded(): Buffer {
    this.bytes ??= serialize(this.stored);
    return this.bytes;
  }
}

/** What the model server stores at a moment. */
export interface ServerState {
  readonly contents: ReadonlyMap<string, Content>;
  readonly tables: TablesState;
  readonly leases: LeasesState;
}

/** What the model server reports of itself. */
export interface ServerObserver extends LeaseObserver {
  /** A key was changed by any client. The value is undefined if the key was removed. */
  readonly onChange: (key: string, value: unknown) => void;
  /** A version table was changed. */
  readonly onVersions: () => void;
}

/**
 * The simplest server with the semantics of `EntryStore`: maps in memory, every operation atomic and synchronous. It is
 * the specification that the real stores are compared with.
 */
export class ModelServer {
  /** How far the clock of the server is ahead of virtual time. */
  clockSkewMs = 0;
  readonly tables: ModelTables;
  readonly leases: ModelLeases;
  private readonly contents = new Map<string, Content>();

  constructor(
    protected readonly scheduler: VirtualScheduler,
    protected readonly observer: ServerObserver,
  ) {
    this.tables = new ModelTables(this.nowMs);
    this.leases = new ModelLeases(this.nowMs, observer);
  }

  readonly nowMs = (): number => EPOCH_MS + Math.floor(this.scheduler.nowMs) + this.clockSkewMs;

  /** The remaining seconds of a key; null if it never expires; undefined if it is absent. */
  ttl(key: string): number | null | undefined {
    const remainingMs = (this.contents.get(key)?.untilMs ?? 0) - this.nowMs();
    if (remainingMs <= 0) return undefined;
    return remainingMs === Infinity ? null : remainingMs / 1000;
  }

  read<T>(key: string): StoredRead<T> {
    const content = this.contents.get(key);
    const isPresent = content !== undefined && content.untilMs > this.nowMs();
    return {
      stored: isPresent ? (content.stored as Decoded<T>) : undefined,
      unreadable: undefined,
      bytes: isPresent ? 1 : undefined,
      encoded: isPresent ? content.encoded : undefined,
      nowMs: this.nowMs(),
    };
  }

  /** Decodes the bytes of an earlier read. */
  decode<T>(encoded: Buffer): Decoded<T> {
    return deserialize(encoded);
  }

  acquire<T>(key: string, request: LeaseRequest): Acquisition<T> {
    return { ...this.read<T>(key), ...this.leases.acquire(key, request) };
  }

  publish(key: string, token: string, entry: EntryWrite): boolean {
    if (!this.leases.end(key, token)) return false;
    this.put(key, entry);
    return true;
  }

  write(key: string, entry: EntryWrite): void {
    this.leases.void(key);
    this.put(key, entry);
  }

  remove(key: string): boolean {
    this.leases.void(key);
    return this.removeWithoutVoid(key);
  }

  incr(key: string, amount: number, ttlMs: number | undefined): number {
    const stored = this.read(key).stored;
    if (stored !== undefined && (stored.meta !== undefined || typeof stored.value !== 'number')) throw wrongType();
    this.leases.void(key);
    const count = ((stored?.value as number | undefined) ?? 0) + amount;
    const untilMs = stored === undefined ? this.untilMs(ttlMs) : (this.contents.get(key)?.untilMs ?? Infinity);
    this.contents.set(key, new Content({ value: count, meta: undefined }, untilMs));
    this.observer.onChange(key, count);
    return count;
  }

  expire(key: string, ttlMs: number): boolean {
    const { stored } = this.read(key);
    this.leases.void(key);
    if (stored === undefined) return false;
    const { freshUntil, expires } = stored.meta ?? {};
    const windowsMs = freshUntil === undefined || expires === undefined ? 0 : expires - freshUntil;
    const meta =
      stored.meta === undefined
        ? undefined
        : { ...stored.meta, freshUntil: this.nowMs() + ttlMs, expires: this.nowMs() + ttlMs + windowsMs };
    this.put(key, { value: stored.value, meta, ttlMs: ttlMs + windowsMs });
    return true;
  }

  /** What a sweep may remove: keys below a prefix that a flush made invalid. */
  sweepable(prefix: string): string[] {
    return [...this.contents.keys()].filter((key) => key.startsWith(prefix));
  }

  /** Removes a key if it has no clock, or a clock below the floor. With `keepData` counters stay. */
  sweepKey(key: string, floor: number, keepData: boolean): boolean {
    const { meta, value } = this.contents.get(key)?.stored ?? {};
    const clock = meta?.clock;
    if (keepData && meta === undefined && Number.isSafeInteger(value)) return false;
    if (clock !== undefined && clock >= floor) return false;
    return this.removeWithoutVoid(key);
  }

  raiseFloor(scope: VersionScope, seen: number): ScopeVersions {
    const versions = this.tables.raiseFloor(scope, seen);
    this.observer.onVersions();
    return versions;
  }

  raiseFloorOnce(scope: VersionScope, event: string, seen: number): ScopeVersions | undefined {
    const versions = this.tables.raiseFloorOnce(scope, event, seen);
    if (versions !== undefined) this.observer.onVersions();
    return versions;
  }

  invalidateTags(
    scope: VersionScope,
    tags: readonly string[],
    options: { readonly keepForErrors: boolean; readonly seen: number },
  ): ScopeVersions {
    const versions = this.tables.invalidateTags(scope, tags, options);
    this.observer.onVersions();
    return versions;
  }

  endSweep(scope: VersionScope, floor: number): void {
    this.tables.endSweep(scope, floor);
    this.observer.onVersions();
  }

  /** A write that knows no leases: by another program, or with the mechanism switched off. */
  put(key: string, { value, meta, ttlMs }: EntryWrite): void {
    this.contents.set(key, new Content({ value, meta }, this.untilMs(ttlMs)));
    this.observer.onChange(key, value);
  }

  /** A removal that knows no leases. */
  removeWithoutVoid(key: string): boolean {
    const wasPresent = this.read(key).bytes !== undefined;
    if (this.contents.delete(key)) this.observer.onChange(key, undefined);
    return wasPresent;
  }

  /** The server restarts without its data. */
  loseData(): void {
    for (const key of this.contents.keys()) this.observer.onChange(key, undefined);
    this.contents.clear();
    this.tables.clear();
    this.leases.clear();
  }

  /** A copy of everything that the server stores. */
  copy(): ServerState {
    return { contents: new Map(this.contents), tables: this.tables.copy(), leases: this.leases.copy() };
  }

  /** The server restarts with what it stored at an earlier moment. */
  restore(state: ServerState): void {
    this.loseData();
    for (const [key, content] of state.contents) {
      this.contents.set(key, content);
      this.observer.onChange(key, content.stored.value);
    }
    this.tables.restore(state.tables);
    this.leases.restore(state.leases);
  }

  private untilMs(ttlMs: number | undefined): number {
    return ttlMs === undefined ? Infinity : this.nowMs() + ttlMs;
  }
}

function wrongType(): RedisInfraError {
  return new RedisInfraError('WRONG_TYPE', 'the key holds another type', { outcome: 'not-executed' });
}
