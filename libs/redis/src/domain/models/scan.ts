import { checkInteger, checkOneOf, checkOptions, checkString } from '../../common/options.js';
import type { ScanOptions } from '../cache-store.js';

/** The cursor before the first and after the last step of a node. */
export const SCAN_START = '0';

/** `ScanOptions` after checks, with defaults filled in. */
export interface ResolvedScan {
  readonly node: string | undefined;
  readonly cursor: string;
  readonly count: number;
  readonly prefix: string;
}

/**
 * Checks scan options.
 * @throws RedisInfraError OPTION_INVALID, also for a cursor without `node` if there are several nodes
 */
export function resolveScan(options: ScanOptions, nodes: readonly string[]): ResolvedScan {
  checkOptions(options, ['node', 'cursor', 'count', 'prefix'], 'scan');
  const needsNode = options.cursor !== undefined && nodes.length > 1;
  return {
    node: options.node === undefined && !needsNode ? undefined : checkOneOf(options.node, 'scan.node', nodes),
    cursor: checkString(options.cursor ?? SCAN_START, 'scan.cursor'),
    count: checkInteger(options.count ?? 500, 'scan.count', { min: 1, max: 100_000 }),
    prefix: checkString(options.prefix ?? '', 'scan.prefix', true),
  };
}
