import type { KeyScanner, ScanBatch, ScanOptions } from '../../domain/cache-store.js';
import { resolveScan, SCAN_START } from '../../domain/models/scan.js';
import type { CommandArg } from './command-sender.js';

/** The name of the only node. */
const NODE = 'main';

/**
 * Walks the keys by SCAN.
 * @see https://redis.io/docs/latest/commands/scan/
 */
export class RedisKeyScanner implements KeyScanner {
  constructor(
    private readonly send: (name: string, args: readonly CommandArg[]) => Promise<unknown>,
    private readonly keyPrefix: string,
  ) {}

  async *scan(options: ScanOptions = {}): AsyncGenerator<ScanBatch> {
    const { cursor: from, count, prefix } = resolveScan(options, [NODE]);
    const pattern = `${escapeGlob(this.keyPrefix + prefix)}*`;
    let cursor = from;
    do {
      const [next, keys] = (await this.send('scan', [cursor, 'MATCH', pattern, 'COUNT', count])) as [Buffer, Buffer[]];
      cursor = next.toString();
      yield { node: NODE, cursor, keys: keys.map((key) => key.toString().slice(this.keyPrefix.length)) };
    } while (cursor !== SCAN_START);
  }
}

/** @see https://redis.io/docs/latest/commands/keys/ for the characters that mean something. */
function escapeGlob(text: string): string {
  return text.replace(/[*?[\]^\\-]/g, '\\$&');
}
