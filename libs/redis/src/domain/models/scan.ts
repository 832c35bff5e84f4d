import { checkInteger, checkOneOf, checkOptions, checkString } from '../../common/options.js';
import type { ScanOptions } from '../cache-store.js';

/** The cursor before the first step of a node, and after its last one. */
export const SCAN_START = '0';

export interface ResolvedScan {
  readonly node: string | undefined;
  readonly cursor: string;
  readonly count: number;
  readonly prefix: string;
}

/** @throws RedisInfraError OPTION_INVALID; also for a cursor without the node it belongs to, where there are several. */
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
