import { zip } from '../../common/zip.js';
import { allOf, mapAll } from '../../domain/codec/maybe-promise.js';
import { wrongType } from '../../domain/models/counter.js';
import type { CallContext } from '../calls/call-context.js';
import type { MemoryCalls } from './memory-calls.js';
import type { HashRecord, MemoryRecords } from './memory-records.js';
import type { StoredForm, ValueFormats } from './value-format.js';

/** Hashes in memory. */
export class MemoryHashes {
  constructor(
    private readonly calls: MemoryCalls,
    private readonly records: MemoryRecords,
    private readonly formats: ValueFormats,
  ) {}

  /** @param ttlMs the time to live of a hash that the call creates, in milliseconds; undefined never expires */
  async set(
    key: string,
    field: string,
    value: unknown,
    ttlMs: number | undefined,
    context: CallContext,
  ): Promise<void> {
    const packed = this.formats.of(context.codec).pack(value, { key, field });
    await this.calls.write('HSET', key, packed, context, (stored) => this.setNow(key, field, stored, ttlMs));
  }

  /** Like `set`, within a call that has started. */
  setNow(key: string, field: string, stored: StoredForm, ttlMs: number | undefined): void {
    const hash = this.find(key, 'HSET') ?? this.create(ttlMs);
    hash.bytes += stored.bytes - (hash.fields.get(field)?.bytes ?? 0);
    hash.fields.set(field, stored);
    this.records.set(key, hash);
  }

  get<T>(key: string, field: string, context: CallContext): Promise<T | undefined> {
    return this.calls.run('HGET', [key], context, (remaining) => {
      const stored = this.find(key, 'HGET')?.fields.get(field);
      if (stored === undefined) return undefined;
      const value = this.formats.of(context.codec).unpack<T>(stored, { key, field });
      return this.calls.decoding('HGET', value, remaining);
    });
  }

  getAll<T>(key: string, context: CallContext): Promise<Record<string, T>> {
    return this.calls.run('HGETALL', [key], context, async (remaining) => {
      const format = this.formats.of(context.codec);
      const fields = [...(this.find(key, 'HGETALL')?.fields ?? [])];
      const values = allOf(mapAll(fields, ([field, stored]) => format.unpack<T>(stored, { key, field })));
      const decoded = await this.calls.decoding('HGETALL', values, remaining);
      return Object.fromEntries(zip(fields, decoded).map(([[field], value]) => [field, value]));
    });
  }

  /** Returns how many of the fields existed. */
  delete(key: string, fields: readonly string[], context: CallContext): Promise<number> {
    return this.calls.run('HDEL', [key], context, () => this.deleteNow(key, fields));
  }

  /** Like `delete`, within a call that has started. */
  deleteNow(key: string, fields: readonly string[]): number {
    const hash = this.find(key, 'HDEL');
    if (hash === undefined) return 0;
    let removed = 0;
    for (const field of fields) {
      hash.bytes -= hash.fields.get(field)?.bytes ?? 0;
      if (hash.fields.delete(field)) removed++;
    }
    if (hash.fields.size === 0) this.records.delete(key);
    else this.records.set(key, hash);
    return removed;
  }

  private create(ttlMs: number | undefined): HashRecord {
    return { type: 'hash', fields: new Map(), bytes: 0, expiresAtMs: this.records.expiryAfter(ttlMs) };
  }

  private find(key: string, command: string): HashRecord | undefined {
    const record = this.records.get(key);
    if (record !== undefined && record.type !== 'hash') throw wrongType(command, 'a hash');
    return record;
  }
}
