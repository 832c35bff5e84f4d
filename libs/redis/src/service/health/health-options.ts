import { durationMs, type Duration } from '../../common/duration.js';
import { checkBoolean, checkOneOf, checkOptions, join, optionInvalid } from '../../common/options.js';

/** How the health of a store is judged and reported. */
export interface HealthOptions {
  /**
   * Whether the application cannot serve requests without Redis. While a required Redis is unavailable, its status is
   * `down`. Otherwise it is `degraded`, because a cache answers from copies and loaders.
   * @default false
   */
  readonly required?: boolean | undefined;
  /** The time from PING to its reply from which on a server is `degraded`. From 1 ms to 400 ms. @default '100ms' */
  readonly slowPing?: Duration | undefined;
  /**
   * The share of `maxmemory` above which a server is `degraded`. More than 0, at most 1; 1 turns the check off.
   * @default 0.9
   */
  readonly memoryRatio?: number | undefined;
  /**
   * `full` adds the addresses of the servers to the report. Neither contains a password or a key.
   * @default 'safe'
   */
  readonly expose?: 'safe' | 'full' | undefined;
}

export interface ResolvedHealthOptions {
  readonly required: boolean;
  readonly slowPingMs: number;
  readonly memoryRatio: number;
  readonly expose: 'safe' | 'full';
}

export const HEALTH_DEFAULTS = {
  required: false,
  slowPing: '100ms',
  memoryRatio: 0.9,
  expose: 'safe',
} as const satisfies HealthOptions;

export const HEALTH_OPTIONS = Object.keys(HEALTH_DEFAULTS);

/** The time for the answers of all servers, in milliseconds: the whole health check answers within 500 ms. */
export const PROBE_TIMEOUT_MS = 400;

/**
 * @param path the path of the options, for errors
 * @throws RedisInfraError OPTION_INVALID
 */
export function resolveHealthOptions(options: HealthOptions, path = ''): ResolvedHealthOptions {
  checkOptions(options, HEALTH_OPTIONS, path);
  const at = (name: keyof HealthOptions): string => join(path, name);
  return Object.freeze({
    required: checkBoolean(options.required ?? HEALTH_DEFAULTS.required, at('required')),
    slowPingMs: durationMs(options.slowPing ?? HEALTH_DEFAULTS.slowPing, at('slowPing'), { maxMs: PROBE_TIMEOUT_MS }),
    memoryRatio: checkRatio(options.memoryRatio ?? HEALTH_DEFAULTS.memoryRatio, at('memoryRatio')),
    expose: checkOneOf(options.expose ?? HEALTH_DEFAULTS.expose, at('expose'), ['safe', 'full']),
  });
}

function checkRatio(value: unknown, path: string): number {
  if (typeof value === 'number' && value > 0 && value <= 1) return value;
  throw optionInvalid(path, 'must be a number above 0 and at most 1');
}
