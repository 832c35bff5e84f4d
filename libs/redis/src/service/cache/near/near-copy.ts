import type { ApplicationTypes } from '../../../domain/codec/json/application-types.js';
import { restoreSnapshot, type ValueSnapshot } from '../../../domain/codec/value-snapshot.js';
import type { Queued } from './eviction-queue.js';

/** A value for a copy, with what decides how long it is used. Times are monotonic milliseconds. */
export interface NearFill {
  readonly value: unknown;
  /** When the value becomes stale; Infinity never. The same moment as in Redis. */
  readonly freshUntilMs: number;
  /** The clock of the versions under which the value was found valid; undefined for a value without versions. */
  readonly clock: number | undefined;
  /** The hashes of its tags. @default none */
  readonly tags?: readonly string[] | undefined;
  /** How long its load took, in milliseconds. @default undefined */
  readonly loadMs?: number | undefined;
  /** How long it is fresh in all, in milliseconds. @default undefined, for a value that is not refreshed early */
  readonly ttlMs?: number | undefined;
}

/** The copies of a namespace by key. */
export type NearTable = Map<string, NearCopy>;

/** Where a copy is kept, and how long. */
export interface NearPlace {
  readonly key: string;
  readonly table: NearTable;
  /** The approximate memory of the copy. */
  readonly bytes: number;
  /** When the copy is no longer used, in monotonic milliseconds. */
  readonly expiresMs: number;
}

/** A value as it is kept: an immutable one, or a snapshot. */
export interface KeptValue {
  readonly immutable: unknown;
  readonly snapshot: ValueSnapshot | undefined;
  /** The approximate size of the value in bytes. */
  readonly bytes: number;
}

/**
 * A value in the memory of the process. There are many copies, so the members are flat, and times are integers, which
 * V8 keeps without an allocation.
 */
export class NearCopy implements Queued<NearCopy> {
  readonly key: string;
  readonly table: NearTable;
  readonly bytes: number;
  /** When the value becomes stale; Infinity never. */
  readonly freshUntilMs: number;
  /** When the copy is no longer used; not after `freshUntilMs`. */
  readonly expiresMs: number;
  /** The clock of the versions under which the value was found valid; undefined for a value without versions. */
  readonly clock: number | undefined;
  /** The hashes of its tags; undefined without tags. */
  readonly tags: readonly string[] | undefined;
  /** How long its load took, in milliseconds. */
  readonly loadMs: number | undefined;
  /** How long it is fresh in all, in milliseconds; undefined if it is not refreshed early. */
  readonly ttlMs: number | undefined;
  wasUsed = false;
  newer: NearCopy | undefined = undefined;
  older: NearCopy | undefined = undefined;
  private readonly immutable: unknown;
  private readonly snapshot: ValueSnapshot | undefined;
  private promise: Promise<unknown> | undefined = undefined;

  constructor(
    { immutable, snapshot }: KeptValue,
    { freshUntilMs, clock, tags, loadMs, ttlMs }: NearFill,
    { key, table, bytes, expiresMs }: NearPlace,
  ) {
    this.key = key;
    this.table = table;
    this.bytes = bytes;
    this.immutable = immutable;
    this.snapshot = snapshot;
    this.freshUntilMs = Math.floor(freshUntilMs);
    this.expiresMs = Math.floor(expiresMs);
    this.clock = clock;
    this.tags = tags === undefined || tags.length === 0 ? undefined : tags;
    this.loadMs = loadMs === undefined ? undefined : Math.round(loadMs);
    this.ttlMs = ttlMs;
  }

  /**
   * The value: a new copy that the caller may change, or a frozen one that is shared. `T` is the claim of the caller
   * and not checked.
   */
  valueFor<T>(types: ApplicationTypes): T {
    const { snapshot } = this;
    this.wasUsed = true;
    return snapshot === undefined ? (this.immutable as T) : restoreSnapshot<T>(snapshot, types);
  }

  /** Like `valueFor`. A value that is shared has one promise, which is shared too: such a hit allocates nothing. */
  promiseFor<T>(types: ApplicationTypes): Promise<T> {
    if (this.snapshot !== undefined) return Promise.resolve(this.valueFor<T>(types));
    this.wasUsed = true;
    return (this.promise ??= Promise.resolve(this.immutable)) as Promise<T>;
  }

  /** Whether the value is null. */
  get isNull(): boolean {
    return this.immutable === null;
  }
}
