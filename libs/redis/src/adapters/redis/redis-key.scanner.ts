import type { KeyScanner, ScanBatch, ScanOptions } from '../../domain/cache-store.js';
import { nameOf } from '../../domain/models/cache-key.js';
import { resolveScan, SCAN_START } from '../../domain/models/scan.js';
import type { CommandArg } from '../wire/wire-command.js';

/** The name of the only node. */
const NODE = 'main';
/** A hint for the work per step. */
export const RAW_COUNT = 500;

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
      yield { node: NODE, cursor: step.cursor, ...withoutPrefix(step.keys, this.keyPrefix) };
    }
  }

  /** Every key that begins with this prefix, behind the store's own, as the bytes it is made of. */
  async *raw(prefix: string): AsyncGenerator<readonly Buffer[]> {
    for await (const { keys } of this.steps(SCAN_START, RAW_COUNT, prefix)) yield keys;
  }

  private steps(cursor: string, count: number, prefix: string): AsyncGenerator<ScanStep> {
    return scanSteps((args) => this.send('scan', args), this.keyPrefix + prefix, { cursor, count });
  }
}

/** The keys of a step by name, behind the store's prefix, and how many have none. */
export function withoutPrefix(keys: readonly Buffer[], keyPrefix: string): Pick<ScanBatch, 'keys' | 'skipped'> {
  const named = keys.map(nameOf).filter((key) => key !== undefined);
  return { keys: named.map((key) => key.slice(keyPrefix.length)), skipped: keys.length - named.length };
}

export interface ScanStep {
  /** Where the next step begins. */
  readonly cursor: string;
  readonly keys: Buffer[];
}

/** Walks the keys of one node that begin with a prefix, from a cursor to the end. */
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

/** @see https://redis.io/docs/latest/commands/keys/ for the characters that mean something. */
function escapeGlob(text: string): string {
  return text.replace(/[*?[\]^\\-]/g, '\\$&');
}
