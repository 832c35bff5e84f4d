import type { ScanBatch, ScanOptions } from '../../../domain/cache-store.js';
import { nameOf } from '../../../domain/models/cache-key.js';
import { resolveScan, SCAN_START } from '../../../domain/models/scan.js';
import type { KeySpace } from '../../calls/key-space.js';
import type { CommandChannel } from '../../sending/command-channel.js';
import type { CallLimits } from '../../wire/pending-call.js';
import type { CommandArg } from '../../wire/wire-command.js';
import { toArray, toBuffers } from '../commands/replies.js';

/** The name of the only node in scan batches. */
const NODE = 'main';
/** SCAN's COUNT when keys are removed: a hint for how many keys one step examines. */
export const RAW_COUNT = 500;

/**
 * Scans the keys of a single server.
 * @see https://redis.io/docs/latest/commands/scan/
 */
export class RedisKeyScanner {
  constructor(
    private readonly channel: CommandChannel,
    private readonly keys: KeySpace,
  ) {}

  async nodes(_limits: CallLimits): Promise<readonly string[]> {
    return [NODE];
  }

  async *scan(options: ScanOptions = {}, limits: CallLimits): AsyncGenerator<ScanBatch> {
    const { cursor, count, prefix } = resolveScan(options, [NODE]);
    for await (const step of this.steps(prefix, { cursor, count }, limits)) {
      yield { node: NODE, cursor: step.cursor, ...withoutPrefix(step.keys, this.keys.prefix) };
    }
  }

  /** The full keys, as bytes, that begin with the prefix of the store and then `prefix`. */
  async *raw(prefix: string, limits: CallLimits, count = RAW_COUNT): AsyncGenerator<readonly Buffer[]> {
    for await (const { keys } of this.steps(prefix, { cursor: SCAN_START, count }, limits)) yield keys;
  }

  private steps(prefix: string, from: ScanPosition, limits: CallLimits): AsyncGenerator<ScanStep> {
    return scanSteps((args) => this.channel.send('scan', args, limits), this.keys.prefix + prefix, from);
  }
}

/** The keys of a step as strings without the key prefix, and the number of keys that are not valid UTF-8. */
export function withoutPrefix(keys: readonly Buffer[], keyPrefix: string): Pick<ScanBatch, 'keys' | 'skipped'> {
  const named = keys.map(nameOf).filter((key) => key !== undefined);
  return { keys: named.map((key) => key.slice(keyPrefix.length)), skipped: keys.length - named.length };
}

/** Where a scan of one node continues. */
export interface ScanPosition {
  readonly cursor: string;
  /** A hint for how many keys one step examines. */
  readonly count: number;
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
  from: ScanPosition,
): AsyncGenerator<ScanStep> {
  const pattern = `${escapeGlob(prefix)}*`;
  let { cursor } = from;
  do {
    const [next, keys] = toArray(await send([cursor, 'MATCH', pattern, 'COUNT', from.count]));
    cursor = String(next);
    yield { cursor, keys: toBuffers(keys) };
  } while (cursor !== SCAN_START);
}

/** @see https://redis.io/docs/latest/commands/keys/ for the special characters */
function escapeGlob(text: string): string {
  return text.replace(/[*?[\]^\\-]/g, '\\$&');
}
