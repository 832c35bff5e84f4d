import { checkInteger, checkOptions, join, optionInvalid } from '../../../common/options.js';

/** The options of retries. Only commands that can be repeated without harm are retried. */
export interface RetryOptions {
  /** The maximum number of retries of one command, from 0 to 10. 0 is the same as `retry: false`. @default 2 */
  readonly attempts?: number | undefined;
  /**
   * The number of retries per successful command of the last 10 s, from 0 to 1: 0.1 is one retry for ten commands. Ten
   * retries per second are always allowed, so that a process with few calls can retry.
   * @default 0.1
   */
  readonly budget?: number | undefined;
}

export interface ResolvedRetry {
  readonly attempts: number;
  readonly budget: number;
}

export const RETRY_DEFAULTS = { attempts: 2, budget: 0.1 } as const satisfies RetryOptions;

/** @throws RedisInfraError OPTION_INVALID with the option's path. */
export function resolveRetry(options: RetryOptions, path: string): ResolvedRetry {
  checkOptions(options, Object.keys(RETRY_DEFAULTS), path);
  const { attempts = RETRY_DEFAULTS.attempts, budget = RETRY_DEFAULTS.budget } = options;
  if (typeof budget !== 'number' || !(budget >= 0 && budget <= 1))
    throw optionInvalid(join(path, 'budget'), 'must be a number from 0 to 1');
  return Object.freeze({
    attempts: checkInteger(attempts, join(path, 'attempts'), { min: 0, max: 10 }),
    budget,
  });
}
