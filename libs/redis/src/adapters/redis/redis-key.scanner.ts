import type { KeyScanner, ScanBatch, ScanOptions } from '../../domain/cache-store.js';
import { nameOf } from '../../domain/models/cache-key.js';
import { resolveScan, SCAN_START } from '../../domain/models/scan.js';
import type { CommandArg } from '../wire/wire-command.js';

/** The name of the only node in scan batches. */
const NODE = 'main';
/** SCAN's COUNT when keys are removed: a hint for how many keys one step examines. */
export const RAW_COUNT = 500;

/**
 * Scans the keys of a single server.
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
      yield { node: NODE, cursor: step.cursor, ...withoutPrefix(step.keys, this.keyPrefix) };
    }
  }

  /** The full keys, as bytes, that begin with the prefix of the store and then `prefix`. */
  async *raw(prefix: string): AsyncGenerator<readonly Buffer[]> {
    for await (const { keys } of this.steps(SCAN_START, RAW_COUNT, prefix)) yield keys;
  }

  private steps(cursor: string, count: number, prefix: string): AsyncGenerator<ScanStep> {
    return scanSteps((args) => this.send('scan', args), this.keyPrefix + prefix, { cursor, count });
  }
}

/** The keys of a step as strings without the key prefix, and the number of keys that are not valid UTF-8. */
export function withoutPrefix(keys: readonly Buffer[], keyPrefix: string): Pick<ScanBatch, 'keys' | 'skipped'> {
  const named = keys.map(nameOf).filter((key) => key !== undefined);
  return { keys: named.map((key) => key.slice(keyPrefix.length)), skipped: keys.length - named.length };
}

export interface ScanStep {
  /** The cursor of the next step. */
  readonly cursor: string;
  readonly keys: Buffer[];
}

/** Scans the keys of one node that begin with `prefix`, from a cursor to the end. */
export async function* scanSteps(
  send: (args: readonly CommandArg[]) => Promise<unknown>,
  prefix: string,
  from: { readonly cursor: string; readonly count: number },
): AsyncGenerator<ScanStep> {
  const pattern = `${escapeGlob(prefix)}*`;
  let { cursor } = from;
  do {
    const [next, keys] = (await send([cursor, 'MATCH', pattern, 'COUNT', from.count])) as [Buffer, Buffer[]];
    cursor = next.toString();
    yield { cursor, keys };
  } while (cursor !== SCAN_START);
}

/** @see https://redis.io/docs/latest/commands/keys/ for the special characters */
function escapeGlob(text: string): string {
  return text.replace(/[*?[\]^\\-]/g, '\\$&');
}
