import type { KeyScanner, ScanBatch, ScanOptions } from '../../domain/cache-store.js';
import { resolveScan, SCAN_START } from '../../domain/models/scan.js';
import type { MemoryRecords } from './memory-records.js';

const NODE = 'memory';

/**
 * Scans the keys in alphabetical order. The cursor is the last key seen, so it stays valid while keys are added and
 * removed.
 */
export class MemoryKeyScanner implements KeyScanner {
  constructor(
    private readonly records: MemoryRecords,
    readonly keyPrefix: string,
  ) {}

  async nodes(): Promise<readonly string[]> {
    return [NODE];
  }

  async *scan(options: ScanOptions = {}): AsyncGenerator<ScanBatch> {
    const { cursor, count, prefix } = resolveScan(options, [NODE]);
    const from = this.keyPrefix + prefix;
    const after = cursor === SCAN_START ? '' : cursor.slice(1);
    const keys = [...this.records.keys()]
      .filter((key) => key.startsWith(from))
      .map((key) => key.slice(this.keyPrefix.length));
    const remaining = keys.filter((key) => key > after).sort();
    for (let i = 0; i === 0 || i < remaining.length; i += count) {
      const batch = remaining.slice(i, i + count);
      const last = batch.at(-1);
      yield {
        node: NODE,
        cursor: last === undefined || i + count >= remaining.length ? SCAN_START : `>${last}`,
        keys: batch,
      };
    }
  }
}
