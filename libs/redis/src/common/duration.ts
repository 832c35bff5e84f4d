import ms from 'ms';
import { optionInvalid } from './options.js';

/** A length of time: a number is seconds, a string carries its unit. `30`, `'250ms'`, `'1.5h'`, `'7d'`. */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`;

export interface DurationLimits {
  /** The shortest that is allowed, in milliseconds. @default more than 0 */
  readonly minMs?: number | undefined;
  /** The longest that is allowed, in milliseconds. @default TEN_YEARS_MS */
  readonly maxMs?: number | undefined;
}

/** No duration in this package may be longer: a longer one is a unit mixed up. */
export const TEN_YEARS_MS = 10 * 365.25 * 24 * 60 * 60 * 1000;

/** The longest that a timer of Node.js can wait: it takes anything longer for 1 ms. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

const WITH_UNIT = /^\d+(\.\d+)?(ms|s|m|h|d)$/;
const BARE_NUMBER = /^\d+(\.\d+)?$/;

/**
 * Parses a duration from the environment or a configuration file: `'90'` is seconds, `'90s'`, `'1.5h'`.
 * @throws RedisInfraError OPTION_INVALID when the text is no duration.
 */
export function duration(input: string | number): Duration {
  const parsed = typeof input === 'string' && BARE_NUMBER.test(input) ? Number(input) : (input as Duration);
  durationMs(parsed, 'duration', { minMs: 0 });
  return parsed;
}

/** The milliseconds of a public duration. Everything inside this package counts in milliseconds and is named `…Ms`. */
export function durationMs(input: unknown, path: string, limits: DurationLimits = {}): number {
  const value = toMs(input);
  if (value === undefined) {
    throw optionInvalid(
      path,
      "must be a duration: a number of seconds, or a string like '250ms', '30s', '5m', '2h', '7d'",
    );
  }
  const { minMs, maxMs = TEN_YEARS_MS } = limits;
  if (minMs === undefined ? value <= 0 : value < minMs) {
    throw optionInvalid(
      path,
      minMs ? `must be at least ${minMs} ms` : minMs === 0 ? 'must not be negative' : 'must be more than zero',
    );
  }
  if (value > maxMs) throw optionInvalid(path, `must be at most ${ms(maxMs, { long: true })}`);
  return value;
}

function toMs(input: unknown): number | undefined {
  if (typeof input === 'number') return Number.isFinite(input) ? input * 1000 : undefined;
  if (typeof input === 'string' && WITH_UNIT.test(input)) return ms(input as ms.StringValue);
  return undefined;
}
