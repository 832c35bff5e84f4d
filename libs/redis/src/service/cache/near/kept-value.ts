import { isRecord } from '../../../common/records.js';
import type { ApplicationTypes } from '../../../domain/codec/json/application-types.js';
import { restoreSnapshot, takeSnapshot } from '../../../domain/codec/value-snapshot.js';
import type { KeptValue } from './near-copy.js';

const STRING_BYTES = 24;
const PRIMITIVE_BYTES = 16;

/** How values become copies. */
export interface KeepOptions {
  readonly types: ApplicationTypes;
  /** Keep a frozen object that all callers share, where that is possible. */
  readonly shared: boolean;
  /** The largest value in bytes. */
  readonly maxBytes: number;
}

/**
 * The form in which a value is kept. It shares nothing with the value that the caller has. Undefined for a value that
 * cannot be kept: it is too large, or not one that a store can hold.
 */
export function keptValue(value: unknown, options: KeepOptions): KeptValue | undefined {
  if (value === undefined || typeof value === 'function' || typeof value === 'symbol') return undefined;
  if (!isRecord(value)) return { immutable: value, snapshot: undefined, bytes: primitiveBytes(value) };
  try {
    return keptObject(value, options);
  } catch {
    return undefined;
  }
}

function primitiveBytes(value: unknown): number {
  return typeof value === 'string' ? STRING_BYTES + value.length * 2 : PRIMITIVE_BYTES;
}

function keptObject(value: unknown, { types, shared, maxBytes }: KeepOptions): KeptValue {
  const snapshot = takeSnapshot(value, types, maxBytes);
  if (shared && snapshot.table.length === 0) {
    const immutable = restoreSnapshot<unknown>(snapshot, types);
    deepFreeze(immutable);
    return { immutable, snapshot: undefined, bytes: snapshot.bytes };
  }
  return { immutable: undefined, snapshot, bytes: snapshot.bytes };
}

/** Freezes plain objects and arrays: a snapshot without a side table contains nothing else. */
function deepFreeze(value: unknown): void {
  if (!isRecord(value)) return;
  Object.freeze(value);
  for (const member of Object.values(value)) deepFreeze(member);
}
