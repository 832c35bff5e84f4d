import { checkInteger } from '../../common/options.js';
import { definedMembers } from '../../common/defined-members.js';
import { namesOf } from '../../common/records.js';
import { checkServerOptions, SERVER_SETTINGS, type RedisServerSettings } from '../redis-server/redis-server.options.js';

/** The settings apply to every node. */
export interface RedisClusterOptions extends RedisServerSettings {
  /** The number of masters, 3 to 9. Fewer than 3 have no majority for a failover. @default 3 */
  readonly masters?: number | undefined;
  /** The number of replicas of each master, 0 to 3. @default 1 */
  readonly replicasPerMaster?: number | undefined;
  /** How long a node may be silent before the others consider it down, in ms, 500 to 60000. @default 1000 */
  readonly nodeTimeoutMs?: number | undefined;
}

type Numbers = 'masters' | 'replicasPerMaster' | 'nodeTimeoutMs';

export type ResolvedClusterOptions = RedisServerSettings & { readonly [Name in Numbers]: number };

export const CLUSTER_DEFAULTS = Object.freeze({ masters: 3, replicasPerMaster: 1, nodeTimeoutMs: 1000 } as const);

const RANGES: Readonly<Record<Numbers, { readonly min: number; readonly max: number }>> = {
  masters: { min: 3, max: 9 },
  replicasPerMaster: { min: 0, max: 3 },
  nodeTimeoutMs: { min: 500, max: 60_000 },
};

/** @throws RedisInfraError OPTION_INVALID */
export function resolveClusterOptions(options: RedisClusterOptions): ResolvedClusterOptions {
  checkServerOptions(options, [...SERVER_SETTINGS, ...Object.keys(CLUSTER_DEFAULTS)]);
  const resolved: ResolvedClusterOptions = { ...CLUSTER_DEFAULTS, ...definedMembers(options) };
  for (const name of namesOf(RANGES)) checkInteger(resolved[name], name, RANGES[name]);
  return Object.freeze(resolved);
}
