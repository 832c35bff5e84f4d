import { definedMembers } from '../../../common/defined-members.js';
import { durationMs, type Duration } from '../../../common/duration.js';
import { checkInteger, checkOptions, join, optionInvalid } from '../../../common/options.js';

/** When a node counts as away, and how it is found to be back. */
export interface BreakerOptions {
  /** So many commands in a row without an answer, all within `window`, and it is away. From 1 to 1000. @default 3 */
  readonly consecutive?: number | undefined;
  /** Or so large a share of them within `window`, more than 0 and at most 1. @default 0.5 */
  readonly ratio?: number | undefined;
  /** Of how many commands within `window` a share is taken at least. From 1 to 1 000 000. @default 20 */
  readonly minimum?: number | undefined;
  /** How long results count. From 1 s to 10 min. @default '10s' */
  readonly window?: Duration | undefined;
  /** When the first probe goes out; each further one waits twice as long. From 10 ms to 1 min. @default '250ms' */
  readonly probeDelay?: Duration | undefined;
  /** The longest pause between two probes. From `probeDelay` to 10 min. @default '1s' */
  readonly maxProbeDelay?: Duration | undefined;
  /** How long a probe may take, its connection included. From 10 ms to 1 min. @default '1s' */
  readonly probeTimeout?: Duration | undefined;
  /** So many probes in a row that went well, and it is back. From 1 to 100. @default 2 */
  readonly successes?: number | undefined;
  /** How long `maxInFlight` takes to grow from a tenth to all of it then; 0 is at once. At most 10 min. @default '2s' */
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
  const given = { ...BREAKER_DEFAULTS, ...definedMembers(options) };
  const time = (
    name: 'window' | 'probeDelay' | 'maxProbeDelay' | 'probeTimeout' | 'rampUp',
    minMs: number,
    maxMs: number,
  ) => durationMs(given[name], join(path, name), { minMs, maxMs });
  const probeDelayMs = time('probeDelay', 10, MINUTE_MS);
  return Object.freeze({
    consecutive: checkInteger(given.consecutive, join(path, 'consecutive'), { min: 1, max: 1000 }),
    ratio: checkShare(given.ratio, join(path, 'ratio')),
    minimum: checkInteger(given.minimum, join(path, 'minimum'), { min: 1, max: 1_000_000 }),
    windowMs: time('window', 1000, 10 * MINUTE_MS),
    probeDelayMs,
    maxProbeDelayMs: time('maxProbeDelay', probeDelayMs, 10 * MINUTE_MS),
    probeTimeoutMs: time('probeTimeout', 10, MINUTE_MS),
    successes: checkInteger(given.successes, join(path, 'successes'), { min: 1, max: 100 }),
    rampUpMs: time('rampUp', 0, 10 * MINUTE_MS),
  });
}

function checkShare(value: unknown, path: string): number {
  if (typeof value === 'number' && value > 0 && value <= 1) return value;
  throw optionInvalid(path, 'must be a number more than 0 and at most 1');
}
