import { checkInteger } from '../../common/options.js';
import { definedMembers } from '../../common/defined-members.js';
import { checkServerOptions, SERVER_SETTINGS, type RedisServerSettings } from '../redis-server/redis-server.options.js';

/** The settings are those of the data servers; `tls` is also that of the Sentinels. */
export interface RedisSentinelsOptions extends RedisServerSettings {
  /** What the Sentinels call the master. @default 'main' */
  readonly name?: string | undefined;
  /** How many Sentinels there are, 1 to 9; more than half of them must agree on a failover. @default 3 */
  readonly sentinels?: number | undefined;
  /** How many replicas the master has, 0 to 9. @default 2 */
  readonly replicas?: number | undefined;
  /** The password of the Sentinels' default user. @default none is asked for */
  readonly sentinelPassword?: string | undefined;
  /**
   * For how long a server gives no answer before a Sentinel takes it for down, in ms, 500 to 60000. Before Redis 7.0 at least 2000
   * are taken: Sentinels ask once a second there, which cannot be changed, and would find a server down that is not. @default 750
   */
  readonly downAfterMs?: number | undefined;
  /**
   * After how long a failover that makes no progress is given up, in ms, 500 to 60000; the next one begins by itself after twice as
   * long at the earliest. @default 2000
   */
  readonly failoverTimeoutMs?: number | undefined;
  /**
   * How often a Sentinel tells the others what it knows, in ms, 100 to 60000. A server that takes itself for the master after a
   * failover is made a replica after four times as long: until then it goes on taking writes, which are lost. Redis before 7.0
   * always has 2000, and so has one that is run as a service. @default 200
   */
  readonly publishPeriodMs?: number | undefined;
}

type Numbers = 'sentinels' | 'replicas' | 'downAfterMs' | 'failoverTimeoutMs' | 'publishPeriodMs';

export type ResolvedSentinelsOptions = RedisSentinelsOptions & {
  readonly [Name in Numbers | 'name']: NonNullable<RedisSentinelsOptions[Name]>;
};

export const SENTINELS_DEFAULTS = Object.freeze({
  name: 'main',
  sentinels: 3,
  replicas: 2,
  downAfterMs: 750,
  failoverTimeoutMs: 2000,
  publishPeriodMs: 200,
} as const);

const RANGES: Readonly<Record<Numbers, { readonly min: number; readonly max: number }>> = {
  sentinels: { min: 1, max: 9 },
  replicas: { min: 0, max: 9 },
  downAfterMs: { min: 500, max: 60_000 },
  failoverTimeoutMs: { min: 500, max: 60_000 },
  publishPeriodMs: { min: 100, max: 60_000 },
};

/** @throws RedisInfraError OPTION_INVALID */
export function resolveSentinelsOptions(options: RedisSentinelsOptions): ResolvedSentinelsOptions {
  checkServerOptions(options, [...SERVER_SETTINGS, ...Object.keys(SENTINELS_DEFAULTS), 'sentinelPassword']);
  const resolved = { ...SENTINELS_DEFAULTS, ...definedMembers(options) } as ResolvedSentinelsOptions;
  for (const name of Object.keys(RANGES) as Numbers[]) checkInteger(resolved[name], name, RANGES[name]);
  return Object.freeze(resolved);
}
