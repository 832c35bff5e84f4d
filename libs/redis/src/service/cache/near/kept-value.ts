import { isRecord } from '../../../common/records.js';
import type { ApplicationTypes } from '../../../domain/codec/json/application-types.js';
import { takeSnapshot } from '../../../domain/codec/value-snapshot.js';
import type { KeptValue } from './near-copy.js';

const STRING_BYTES = 24;
const PRIMITIVE_BYTES = 16;

/** How values become copies. */
export interface KeepOptions {
  readonly types: ApplicationTypes;
  /** Keep a frozen object that all callers share, where that is possible. */
  readonly shared: boolean;
  /** The values were decoded for their reader alone. */
  readonly isDecoded: boolean;
  /** The largest value in bytes. */
  readonly maxBytes: number;
}

/** A value that was read: what is kept of it, and what its reader gets. They share nothing that can be changed. */
export interface ReadValue<T> {
  /** Undefined for a value that cannot be kept: it is too large, or not one that a store can hold. */
  readonly kept: KeptValue | undefined;
  readonly own: T;
}

/** Divides a value that was read between its copy and its reader. */
export function divideValue<T>(value: T, options: KeepOptions): ReadValue<T> {
  if (value === undefined || typeof value === 'function' || typeof value === 'symbol')
    return { kept: undefined, own: value };
  if (!isRecord(value))
    return { kept: { immutable: value, snapshot: undefined, bytes: primitiveBytes(value) }, own: value };
  try {
    return divideObject(value, options);
  } catch {
    return { kept: undefined, own: value };
  }
}

function primitiveBytes(value: unknown): number {
  return typeof value === 'string' ? STRING_BYTES + value.length * 2 : PRIMITIVE_BYTES;
}

function divideObject<T>(value: T, { types, shared, isDecoded, maxBytes }: KeepOptions): ReadValue<T> {
  const snapshot = takeSnapshot(value, types, maxBytes);
  const { json, table, bytes } = snapshot;
  if (!shared || table.length > 0) return { kept: { immutable: undefined, snapshot, bytes }, own: value };
  // Without a side table the JSON is a copy of the value. A decoded object takes less memory than a copy of it, so that
  // one is kept and the reader gets the copy.
  const immutable = isDecoded ? value : json;
  deepFreeze(immutable);
  return { kept: { immutable, snapshot: undefined, bytes }, own: isDecoded ? (json as T) : value };
}

/** Freezes plain objects and arrays: a snapshot without a side table contains nothing else. */
function deepFreeze(value: unknown): void {
  if (!isRecord(value)) return;
  Object.freeze(value);
  for (const member of Object.values(value)) deepFreeze(member);
}
