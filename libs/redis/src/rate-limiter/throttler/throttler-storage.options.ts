import { durationMs, type Duration } from '../../common/duration.js';
import { definedMembers } from '../../common/defined-members.js';
import { checkOneOf, checkOptions, checkString } from '../../common/options.js';
import type { OnLimiterError } from '../policy/rate-limiter-options.js';

/** Options of a `RedisThrottlerStorage`. */
export interface ThrottlerStorageOptions {
  /** Text in front of every key, after the prefix of the store. @default 'throttler:' */
  readonly keyPrefix?: string | undefined;
  /**
   * The longest time to wait for Redis. After it `onError` decides, and the server no longer counts the request. From
   * 1 ms to 10 s. It leaves time to repeat a request whose connection was lost.
   * @default '250ms'
   */
  readonly deadline?: Duration | undefined;
  /**
   * How to decide while Redis is unavailable: count in this process, allow every request, or reject with
   * LIMITER_UNAVAILABLE.
   * @default 'local'
   */
  readonly onError?: OnLimiterError | undefined;
}

export const THROTTLER_DEFAULTS = {
  keyPrefix: 'throttler:',
  deadline: '250ms',
  onError: 'local',
} as const satisfies ThrottlerStorageOptions;

/** The names of all `ThrottlerStorageOptions`. */
export const THROTTLER_OPTIONS = [
  'keyPrefix',
  'deadline',
  'onError',
] as const satisfies readonly (keyof ThrottlerStorageOptions)[];

export interface ResolvedThrottlerOptions {
  readonly keyPrefix: string;
  readonly deadlineMs: number;
  readonly onError: OnLimiterError;
}

/** @throws RedisInfraError OPTION_INVALID with the option's path. */
export function resolveThrottlerOptions(options: ThrottlerStorageOptions = {}): ResolvedThrottlerOptions {
  checkOptions(options, THROTTLER_OPTIONS, '');
  const { keyPrefix, deadline, onError } = { ...THROTTLER_DEFAULTS, ...definedMembers(options) };
  return Object.freeze({
    keyPrefix: checkString(keyPrefix, 'keyPrefix', true),
    deadlineMs: durationMs(deadline, 'deadline', { minMs: 1, maxMs: 10_000 }),
    onError: checkOneOf(onError, 'onError', ['local', 'open', 'closed']),
  });
}
