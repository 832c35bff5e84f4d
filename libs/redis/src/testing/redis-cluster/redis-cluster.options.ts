import { checkInteger } from '../../common/options.js';
import { definedMembers } from '../../common/defined-members.js';
import { checkServerOptions, SERVER_SETTINGS, type RedisServerSettings } from '../redis-server/redis-server.options.js';

/** The settings are those of every node. */
export interface RedisClusterOptions extends RedisServerSettings {
  /** How many masters share the slots, 3 to 9: fewer could agree on no failover. @default 3 */
  readonly masters?: number | undefined;
  /** How many replicas each master has, 0 to 3. @default 1 */
  readonly replicasPerMaster?: number | undefined;
  /** For how long a node gives no answer before another takes it for down, in ms, 500 to 60000. @default 1000 */
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
  const resolved = { ...CLUSTER_DEFAULTS, ...definedMembers(options) } as ResolvedClusterOptions;
  for (const name of Object.keys(RANGES) as Numbers[]) checkInteger(resolved[name], name, RANGES[name]);
  return Object.freeze(resolved);
}
