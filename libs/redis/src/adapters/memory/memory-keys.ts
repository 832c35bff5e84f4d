import type { ScanBatch, ScanOptions } from '../../domain/cache-store.js';
import { SHARD_KEYS } from '../../domain/models/internal-keys.js';
import type { CallContext } from '../calls/call-context.js';
import type { KeySpace } from '../calls/key-space.js';
import type { MemoryCalls } from './memory-calls.js';
import type { MemoryKeyScanner } from './memory-key.scanner.js';
import type { MemoryRecords } from './memory-records.js';

/** Keys of any type in memory. */
export class MemoryKeys {
  constructor(
    private readonly calls: MemoryCalls,
    private readonly records: MemoryRecords,
    private readonly scanner: MemoryKeyScanner,
    private readonly keySpace: KeySpace,
  ) {}

  delete(key: string, context: CallContext): Promise<boolean> {
    return this.calls.run('DEL', [key], context, () => this.records.delete(key));
  }

  /** Returns how many of the keys existed. */
  deleteMany(keys: readonly string[], context: CallContext): Promise<number> {
    return this.calls.run('DEL', keys, context, () => keys.filter((key) => this.records.delete(key)).length);
  }

  has(key: string, context: CallContext): Promise<boolean> {
    return this.calls.run('EXISTS', [key], context, () => this.records.get(key) !== undefined);
  }

  /** Sets a new time to live. False if the key is absent. */
  expire(key: string, ttlMs: number, context: CallContext): Promise<boolean> {
    return this.calls.run('PEXPIRE', [key], context, () => {
      if (this.records.get(key) === undefined) return false;
      this.records.expire(key, ttlMs);
      return true;
    });
  }

  /** The remaining milliseconds; null if the key never expires; undefined if it is absent. */
  ttlMs(key: string, context: CallContext): Promise<number | null | undefined> {
    return this.calls.run('PTTL', [key], context, () => this.records.remainingMs(key));
  }

  nodes(_context: CallContext): Promise<readonly string[]> {
    return this.scanner.nodes();
  }

  scan(options: ScanOptions | undefined, _context: CallContext): AsyncIterable<ScanBatch> {
    return this.scanner.scan(options);
  }

  /**
   * Removes every key of the store that begins with `prefix`, after all calls that wait for the codec. Returns how
   * many. What describes a shard stays.
   */
  async removeAll(prefix: string, context: CallContext): Promise<number> {
    this.calls.start(context);
    const from = this.keySpace.prefix + prefix;
    const spared = SHARD_KEYS.map((key) => this.keySpace.prefix + key);
    return this.calls.order.afterEverything(
      () =>
        [...this.records.keys()].filter(
          (key) => key.startsWith(from) && !spared.includes(key) && this.records.delete(key),
        ).length,
    );
  }
}
