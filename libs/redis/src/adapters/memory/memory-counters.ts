import { countTooLarge, MAX_COUNT, wrongType } from '../../domain/models/counter.js';
import type { CallContext } from '../calls/call-context.js';
import type { MemoryCalls } from './memory-calls.js';
import type { MemoryRecords } from './memory-records.js';
import type { ValueFormats } from './value-format.js';

/** Counters in memory. */
export class MemoryCounters {
  constructor(
    private readonly calls: MemoryCalls,
    private readonly records: MemoryRecords,
    private readonly formats: ValueFormats,
  ) {}

  /**
   * Adds to a counter and returns the new count.
   * @param ttlMs the time to live of a counter that the call creates, in milliseconds; undefined never expires
   */
  add(key: string, amount: number, ttlMs: number | undefined, context: CallContext): Promise<number> {
    return this.calls.run('INCR', [key], context, () => this.addNow(key, amount, ttlMs, context));
  }

  /** Like `add`, within a call that has started. */
  addNow(key: string, amount: number, ttlMs: number | undefined, { codec }: CallContext): number {
    const format = this.formats.of(codec);
    const record = this.records.get(key);
    const stored = record?.type === 'value' ? record.stored : format.packCount(0);
    const count = format.count(stored);
    if (count === undefined || (record !== undefined && record.type !== 'value'))
      throw wrongType('INCR', 'a whole number');
    const sum = count + amount;
    if (Math.abs(sum) > MAX_COUNT) throw countTooLarge();
    const expiresAtMs = record?.expiresAtMs ?? this.records.expiryAfter(ttlMs);
    this.records.set(key, { type: 'value', stored: format.packCount(sum), expiresAtMs });
    return sum;
  }
}
