import { zip } from '../../common/zip.js';
import { allOf, mapAll } from '../../domain/codec/maybe-promise.js';
import type { CallContext } from '../calls/call-context.js';
import type { StoredEntry } from '../calls/stored-entry.js';
import type { MemoryCalls } from './memory-calls.js';
import type { MemoryRecords } from './memory-records.js';
import { bytesOf, type StoredForm, type ValueFormats } from './value-format.js';

/** Plain values in memory. */
export class MemoryValues {
  constructor(
    private readonly calls: MemoryCalls,
    private readonly records: MemoryRecords,
    private readonly formats: ValueFormats,
  ) {}

  get<T>(key: string, context: CallContext): Promise<T | undefined> {
    return this.calls.run('GET', [key], context, (remaining) =>
      this.calls.decoding('GET', this.read<T>(key, context), remaining),
    );
  }

  getMany<T>(keys: readonly string[], context: CallContext): Promise<(T | undefined)[]> {
    return this.calls.run('MGET', keys, context, (remaining) =>
      this.calls.decoding('MGET', allOf(mapAll(keys, (key) => this.read<T>(key, context))), remaining),
    );
  }

  async set(key: string, value: unknown, ttlMs: number | undefined, context: CallContext): Promise<void> {
    await this.write(key, this.formats.of(context.codec).pack(value, { key }), ttlMs, context);
  }

  /** Encodes all values, if the codec is synchronous, before anything is written. */
  async setMany(entries: readonly StoredEntry[], context: CallContext): Promise<void> {
    const format = this.formats.of(context.codec);
    const packed = mapAll(entries, ({ key, value }) => format.pack(value, { key }));
    const results = await Promise.allSettled(
      zip(entries, packed).map(([{ key, ttlMs }, stored]) => this.write(key, stored, ttlMs, context)),
    );
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }

  /** The bytes that Redis would store; undefined if the key is absent or holds another type. */
  bytes(key: string, context: CallContext): Promise<Buffer | undefined> {
    return this.calls.run('GET', [key], context, () => {
      const record = this.records.get(key);
      return record?.type === 'value' ? Buffer.from(bytesOf(record.stored)) : undefined;
    });
  }

  private read<T>(key: string, { codec }: CallContext): T | undefined | Promise<T | undefined> {
    const record = this.records.get(key);
    return record?.type === 'value' ? this.formats.of(codec).unpack<T>(record.stored, { key }) : undefined;
  }

  private write(
    key: string,
    packed: StoredForm | Promise<StoredForm>,
    ttlMs: number | undefined,
    context: CallContext,
  ): Promise<void> {
    return this.calls.write('SET', key, packed, context, (stored) =>
      this.records.set(key, { type: 'value', stored, expiresAtMs: this.records.expiryAfter(ttlMs) }),
    );
  }
}
