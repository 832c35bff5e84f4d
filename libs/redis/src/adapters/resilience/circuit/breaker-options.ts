import { definedMembers } from '../../../common/defined-members.js';
import { durationMs, type Duration } from '../../../common/duration.js';
import { checkInteger, checkOptions, join, optionInvalid } from '../../../common/options.js';

/** The rules that open and close the circuits of a node. */
export interface BreakerOptions {
  /**
   * The number of consecutive commands without an answer, within `window`, that opens the circuits. From 1 to 1000.
   * @default 3
   */
  readonly consecutive?: number | undefined;
  /**
   * The share of commands without an answer, within `window`, that opens the circuits. More than 0, at most 1.
   * @default 0.5
   */
  readonly ratio?: number | undefined;
  /** The minimum number of commands within `window` for `ratio` to apply. From 1 to 1 000 000. @default 20 */
  readonly minimum?: number | undefined;
  /** The time for which the result of a command counts. From 1 s to 10 min. @default '10s' */
  readonly window?: Duration | undefined;
  /** The delay before the first probe, doubled for each further one. From 10 ms to 1 min. @default '250ms' */
  readonly probeDelay?: Duration | undefined;
  /** The maximum delay between two probes. From `probeDelay` to 10 min. @default '1s' */
  readonly maxProbeDelay?: Duration | undefined;
  /** The maximum time of a probe, including its connection. From 10 ms to 1 min. @default '1s' */
  readonly probeTimeout?: Duration | undefined;
  /** The number of consecutive successful probes that closes a circuit. From 1 to 100. @default 2 */
  readonly successes?: number | undefined;
  /**
   * The time in which `maxInFlight` then grows from a tenth to its full value; 0 is immediately. At most 10 min.
   * @default '2s'
   */
  readonly rampUp?: Duration | undefined;
}

export interface ResolvedBreaker {
  readonly consecutive: number;
  readonly ratio: number;
  readonly minimum: number;
  readonly windowMs: number;
  readonly probeDelayMs: number;
  readonly maxProbeDelayMs: number;
  readonly probeTimeoutMs: number;
  readonly successes: number;
  readonly rampUpMs: number;
}

export const BREAKER_DEFAULTS = {
  consecutive: 3,
  ratio: 0.5,
  minimum: 20,
  window: '10s',
  probeDelay: '250ms',
  maxProbeDelay: '1s',
  probeTimeout: '1s',
  successes: 2,
  rampUp: '2s',
} as const satisfies BreakerOptions;

const MINUTE_MS = 60_000;

/** @throws RedisInfraError OPTION_INVALID with the option's path. */
export function resolveBreaker(options: BreakerOptions, path: string): ResolvedBreaker {
  checkOptions(options, Object.keys(BREAKER_DEFAULTS), path);
  const resolved = { ...BREAKER_DEFAULTS, ...definedMembers(options) };
  const time = (
    name: 'window' | 'probeDelay' | 'maxProbeDelay' | 'probeTimeout' | 'rampUp',
    minMs: number,
    maxMs: number,
  ) => durationMs(resolved[name], join(path, name), { minMs, maxMs });
  const probeDelayMs = time('probeDelay', 10, MINUTE_MS);
  return Object.freeze({
    consecutive: checkInteger(resolved.consecutive, join(path, 'consecutive'), { min: 1, max: 1000 }),
    ratio: checkShare(resolved.ratio, join(path, 'ratio')),
    minimum: checkInteger(resolved.minimum, join(path, 'minimum'), { min: 1, max: 1_000_000 }),
    windowMs: time('window', 1000, 10 * MINUTE_MS),
    probeDelayMs,
    maxProbeDelayMs: time('maxProbeDelay', probeDelayMs, 10 * MINUTE_MS),
    probeTimeoutMs: time('probeTimeout', 10, MINUTE_MS),
    successes: checkInteger(resolved.successes, join(path, 'successes'), { min: 1, max: 100 }),
    rampUpMs: time('rampUp', 0, 10 * MINUTE_MS),
  });
}

function checkShare(value: unknown, path: string): number {
  if (typeof value === 'number' && value > 0 && value <= 1) return value;
  throw optionInvalid(path, 'must be a number more than 0 and at most 1');
}
