import { isRecord } from '../../common/records.js';
import type { EntryMeta } from '../value-codec.js';
import type { ApplicationTypes } from './json/application-types.js';
import { SERIALIZER, SUITE, writeHeader } from './envelope.js';
import { Lowering, type TableEntry } from './json/lowering.js';
import { raise } from './json/raising.js';
import { isWithinSteps } from './json/table-steps.js';
import { tooManyParts } from './json/value-limits.js';
import { unreadable } from './json/value-path.js';

/**
 * A copy of a value in memory: its JSON part and the side table. Later changes of the original value do not affect it.
 */
export interface ValueSnapshot {
  readonly json: unknown;
  readonly table: readonly TableEntry[];
  /** The approximate size in bytes. */
  readonly bytes: number;
}

/**
 * Copies a value into a snapshot.
 * @param limit the maximum size of its JSON in bytes
 * @throws RedisInfraError CODEC_SERIALIZE with the path of a value that cannot be stored; CODEC_TOO_LARGE
 */
export function takeSnapshot(value: unknown, types: ApplicationTypes, limit?: number): ValueSnapshot {
  const lowering = new Lowering(types, limit);
  const lowered = lowering.lower(value);
  const size = { bytes: lowering.table.length * 64 };
  try {
    const json = copyJson(lowered, size);
    if (isWithinSteps(lowering.table, size.bytes)) return { json, table: lowering.table, bytes: size.bytes };
  } catch {
    // A getter may throw on its second read.
    throw unreadable();
  }
  throw tooManyParts();
}

/**
 * Returns a new copy of the value, identical to the result of encoding and decoding it. `T` is the claim of the caller
 * and not checked.
 */
export function restoreSnapshot<T>({ json, table, bytes }: ValueSnapshot, types: ApplicationTypes): T {
  const copy = copyJson(json, { bytes: 0 });
  return (table.length === 0 ? copy : raise(copy, table, types, bytes)) as T;
}

/**
 * Returns the bytes that would be stored in Redis: JSON, or an envelope if the value has meta or a side table.
 * @throws RedisInfraError VALUE_INVALID if the meta is out of range
 */
export function encodeSnapshot({ json, table }: ValueSnapshot, meta?: EntryMeta): Buffer {
  const isJson = table.length === 0;
  const body = Buffer.from(JSON.stringify(isJson ? json : [json, table]));
  if (isJson && meta === undefined) return body;
  const serializer = isJson ? SERIALIZER.json : SERIALIZER.jsonTable;
  return Buffer.concat([writeHeader({ flags: 0, serializer, compressor: 0, suite: SUITE.none, meta }), body]);
}

function copyJson(value: unknown, size: { bytes: number }): unknown {
  size.bytes += typeof value === 'string' ? 16 + value.length * 2 : 8;
  if (!isRecord(value)) return value;
  return Array.isArray(value) ? value.map((item) => copyJson(item, size)) : copyMembers(value, size);
}

function copyMembers(from: Readonly<Record<string, unknown>>, size: { bytes: number }): Record<string, unknown> {
  const to: Record<string, unknown> = {};
  for (const name of Object.keys(from)) {
    const member = from[name];
    if (member === undefined) continue;
    size.bytes += 16 + name.length * 2;
    const copied = copyJson(member, size);
    // Assigning `__proto__` would set the prototype; JSON.parse creates an own member.
    if (name === '__proto__')
      Object.defineProperty(to, name, { value: copied, writable: true, enumerable: true, configurable: true });
    else to[name] = copied;
  }
  return to;
}
