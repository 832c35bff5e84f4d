import { restoreSnapshot, type ValueSnapshot } from '../../../domain/codec/value-snapshot.js';
import type { CopyCodec } from './copy-codec.js';
import type { Queued } from './eviction-queue.js';

/** A value for a copy, with what decides how long it is used. Times are monotonic milliseconds. */
export interface NearFill {
  readonly value: unknown;
  /** The codec that decoded the value. */
  readonly codec: CopyCodec;
  /** When the value becomes stale; Infinity never. The same moment as in Redis. */
  readonly freshUntilMs: number;
  /** The clock of the versions under which the value was found valid; undefined for a value without versions. */
  readonly clock: number | undefined;
  /** The hashes of its tags. @default none */
  readonly tags?: readonly string[] | undefined;
  /** How long its load took, in milliseconds. @default undefined */
  readonly loadMs?: number | undefined;
  /** When it was loaded. The same moment as in Redis. @default undefined, for a plain value */
  readonly createdMs?: number | undefined;
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
  /** When the value was loaded; undefined for a plain value. */
  readonly createdMs: number | undefined;
  /** The only codec that uses this copy. */
  readonly codec: CopyCodec;
  wasUsed = false;
  newer: NearCopy | undefined = undefined;
  older: NearCopy | undefined = undefined;
  private readonly immutable: unknown;
  private readonly snapshot: ValueSnapshot | undefined;
  private sharedPromise: Promise<unknown> | undefined = undefined;

  constructor(
    { immutable, snapshot }: KeptValue,
    { codec, freshUntilMs, clock, tags, loadMs, createdMs }: NearFill,
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
    this.createdMs = createdMs === undefined ? undefined : Math.floor(createdMs);
    this.codec = codec;
  }

  /**
   * The value: a new copy that the caller may change, or a frozen one that is shared. `T` is the claim of the caller
   * and not checked.
   */
  value<T>(): T {
    const { snapshot, codec } = this;
    this.wasUsed = true;
    return snapshot === undefined ? (this.immutable as T) : restoreSnapshot<T>(snapshot, codec.types);
  }

  /** Like `value`. A value that is shared has one promise, which is shared too: such a hit allocates nothing. */
  promise<T>(): Promise<T> {
    if (this.snapshot !== undefined) return Promise.resolve(this.value<T>());
    this.wasUsed = true;
    return (this.sharedPromise ??= Promise.resolve(this.immutable)) as Promise<T>;
  }

  /** Whether the value is null. */
  get isNull(): boolean {
    return this.immutable === null;
  }
}
