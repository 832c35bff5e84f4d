import type { KeyScanner, ScanBatch, ScanOptions } from '../../domain/cache-store.js';
import { resolveScan, SCAN_START } from '../../domain/models/scan.js';
import type { CommandArg } from './command-sender.js';

/** The name of the only node. */
const NODE = 'main';
/** A hint for the work per step. */
const RAW_COUNT = 500;

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
    const { cursor, count, prefix } = resolveScan(options, [NODE]);
    for await (const step of this.steps(cursor, count, prefix)) {
      const keys = step.keys.map((key) => key.toString().slice(this.keyPrefix.length));
      yield { node: NODE, cursor: step.cursor, keys };
    }
  }

  /** Every key under the store's prefix as the bytes it is made of. */
  async *raw(): AsyncGenerator<readonly Buffer[]> {
    for await (const { keys } of this.steps(SCAN_START, RAW_COUNT, '')) yield keys;
  }

  private async *steps(
    from: string,
    count: number,
    prefix: string,
  ): AsyncGenerator<{ cursor: string; keys: Buffer[] }> {
    const pattern = `${escapeGlob(this.keyPrefix + prefix)}*`;
    let cursor = from;
    do {
      const [next, keys] = (await this.send('scan', [cursor, 'MATCH', pattern, 'COUNT', count])) as [Buffer, Buffer[]];
      cursor = next.toString();
      yield { cursor, keys };
    } while (cursor !== SCAN_START);
  }
}

/** @see https://redis.io/docs/latest/commands/keys/ for the characters that mean something. */
function escapeGlob(text: string): string {
  return text.replace(/[*?[\]^\\-]/g, '\\$&');
}
