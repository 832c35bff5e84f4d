import { checkInteger } from '../../common/options.js';
import { definedMembers } from '../../common/defined-members.js';
import { namesOf } from '../../common/records.js';
import { checkServerOptions, SERVER_SETTINGS, type RedisServerSettings } from '../redis-server/redis-server.options.js';

/** The settings apply to the data servers; `tls` applies to the Sentinels too. */
export interface RedisSentinelsOptions extends RedisServerSettings {
  /** The name under which the Sentinels monitor the master. @default 'main' */
  readonly name?: string | undefined;
  /** The number of Sentinels, 1 to 9. More than half of them must agree on a failover. @default 3 */
  readonly sentinels?: number | undefined;
  /** The number of replicas of the master, 0 to 9. @default 2 */
  readonly replicas?: number | undefined;
  /** The password of the Sentinels' default user. @default no password */
  readonly sentinelPassword?: string | undefined;
  /**
   * How long a server may be silent before a Sentinel considers it down, in ms, 500 to 60000. Before Redis 7.0 the
   * minimum is 2000: Sentinels ping once a second there, which cannot be changed, so a shorter time would report
   * healthy servers as down.
   * @default 750
   */
  readonly downAfterMs?: number | undefined;
  /**
   * When a failover without progress is aborted, in ms, 500 to 60000. The Sentinels start the next one after twice this
   * time at the earliest.
   * @default 2000
   */
  readonly failoverTimeoutMs?: number | undefined;
  /**
   * How often a Sentinel publishes its state to the others, in ms, 100 to 60000. A stale master is demoted four such
   * periods after a failover; until then it accepts writes, which are lost. Redis before 7.0 always uses 2000, as do
   * production deployments.
   * @default 200
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
  const resolved: ResolvedSentinelsOptions = { ...SENTINELS_DEFAULTS, ...definedMembers(options) };
  for (const name of namesOf(RANGES)) checkInteger(resolved[name], name, RANGES[name]);
  return Object.freeze(resolved);
}
