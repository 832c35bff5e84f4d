import ms from 'ms';
import { optionInvalid } from './options.js';

/** A duration: a number of seconds, or a number with a unit. `30`, `'250ms'`, `'1.5h'`, `'7d'`. */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`;

type DurationText = Extract<Duration, string>;

/** The allowed range of a duration. */
export interface DurationLimits {
  /** The minimum in milliseconds. @default more than 0 */
  readonly minMs?: number | undefined;
  /** The maximum in milliseconds. @default TEN_YEARS_MS */
  readonly maxMs?: number | undefined;
}

/** The maximum of every duration; a longer one is probably a wrong unit. */
export const TEN_YEARS_MS = 10 * 365.25 * 24 * 60 * 60 * 1000;

/** The maximum delay of a Node.js timer; a longer delay becomes 1 ms. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

/** The milliseconds of the texts that were parsed: a program uses few, again and again. */
const PARSED = new Map<string, number>();
const MAX_PARSED = 1000;

const WITH_UNIT = /^\d+(\.\d+)?(ms|s|m|h|d)$/;
const BARE_NUMBER = /^\d+(\.\d+)?$/;

/**
 * Parses a duration from the environment or a configuration file: `'90'` is seconds, `'90s'`, `'1.5h'`.
 * @throws RedisInfraError OPTION_INVALID if the text is not a duration
 */
export function duration(input: string | number): Duration {
  const parsed = typeof input === 'string' && BARE_NUMBER.test(input) ? Number(input) : input;
  checkDuration(parsed, 'duration', { minMs: 0 });
  return parsed;
}

function checkDuration(input: unknown, path: string, limits: DurationLimits): asserts input is Duration {
  durationMs(input, path, limits);
}

/**
 * Converts a duration to milliseconds. Internal values are in milliseconds and have names that end in `Ms`.
 * @throws RedisInfraError OPTION_INVALID
 */
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
  return typeof input === 'string' ? (PARSED.get(input) ?? parse(input)) : undefined;
}

function parse(text: string): number | undefined {
  if (!isDurationText(text)) return undefined;
  const value = ms(text);
  if (PARSED.size < MAX_PARSED) PARSED.set(text, value);
  return value;
}

function isDurationText(text: string): text is DurationText {
  return WITH_UNIT.test(text);
}
