import type { ScopeVersions } from '../../../domain/entry-store.js';
import { restoreSnapshot, type ValueSnapshot } from '../../../domain/codec/value-snapshot.js';
import type { CopyCodec } from './copy-codec.js';
import type { Queued } from './eviction-queue.js';

/** A value for a copy, with what decides how long it is used. Times are monotonic milliseconds. */
export interface NearFill {
  /** Undefined for a value that cannot be kept. */
  readonly kept: KeptValue | undefined;
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

/** A value as it is kept: an immutable one, or a snapshot. */
export interface KeptValue {
  readonly immutable: unknown;
  readonly snapshot: ValueSnapshot | undefined;
  /** The approximate size of the value in bytes. */
  readonly bytes: number;
}

/** What many copies have in common. */
export interface CopyGroup {
  /** The copies of the namespace by key. */
  readonly table: Map<string, NearCopy>;
  /** The only codec that uses these copies. */
  readonly codec: CopyCodec;
  /** The clock of the versions under which the values were found valid; undefined for values without versions. */
  readonly clock: number | undefined;
  readonly isTagged: boolean;
  /** The versions that were found not to end these copies, so that each hit needs not compare them. */
  currentIn: ScopeVersions | undefined;
}

/** The memory of a copy, and how long it is used. */
export interface CopyLimits {
  /** The approximate memory of the copy. */
  readonly bytes: number;
  /** When the copy is no longer used, in monotonic milliseconds; Infinity never. */
  readonly expiresMs: number;
}

/**
 * A value in the memory of the process. There are many copies, so the members are flat, and what many copies have in
 * common is in their group. Times are integers, and undefined instead of Infinity: V8 keeps these without an allocation.
 */
export class NearCopy implements Queued<NearCopy> {
  readonly key: string;
  readonly group: CopyGroup;
  readonly bytes: number;
  /** When the value becomes stale; undefined never. */
  readonly freshUntilMs: number | undefined;
  /** When the copy is no longer used; not after `freshUntilMs`. */
  readonly expiresMs: number | undefined;
  /** How long its load took, in milliseconds. */
  readonly loadMs: number | undefined;
  /** When the value was loaded; undefined for a plain value. */
  readonly createdMs: number | undefined;
  wasUsed = false;
  newer: NearCopy | undefined = undefined;
  older: NearCopy | undefined = undefined;
  private readonly immutable: unknown;
  private readonly snapshot: ValueSnapshot | undefined;
  private sharedPromise: Promise<unknown> | undefined = undefined;

  constructor(
    key: string,
    group: CopyGroup,
    { immutable, snapshot }: KeptValue,
    { freshUntilMs, loadMs, createdMs }: NearFill,
    { bytes, expiresMs }: CopyLimits,
  ) {
    this.key = key;
    this.group = group;
    this.bytes = bytes;
    this.freshUntilMs = integerMs(freshUntilMs);
    this.expiresMs = integerMs(expiresMs);
    this.loadMs = loadMs === undefined ? undefined : Math.round(loadMs);
    this.createdMs = integerMs(createdMs);
    this.immutable = immutable;
    this.snapshot = snapshot;
  }

  /**
   * The value: a new copy that the caller may change, or a frozen one that is shared. `T` is the claim of the caller
   * and not checked.
   */
  value<T>(): T {
    const { snapshot, group } = this;
    this.wasUsed = true;
    return snapshot === undefined ? (this.immutable as T) : restoreSnapshot<T>(snapshot, group.codec.types);
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

function integerMs(ms: number | undefined): number | undefined {
  return ms === undefined || ms === Infinity ? undefined : Math.floor(ms);
}
