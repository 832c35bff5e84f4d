import { definedMembers } from '../../common/defined-members.js';
import { durationMs, type Duration } from '../../common/duration.js';
import { checkInteger, checkOptions, join, optionInvalid } from '../../common/options.js';
import { resolveBreaker, type BreakerOptions, type ResolvedBreaker } from './circuit/breaker-options.js';
import { resolveRetry, type ResolvedRetry, type RetryOptions } from './retry/retry-options.js';

/** Deadline, retries, circuit breaker and queue limits of the calls of an adapter. */
export interface ResilienceOptions {
  /**
   * The maximum time of one call, including the wait for a connection and retries. From 1 ms to 1 h.
   * @default '500ms'
   */
  readonly deadline?: Duration | undefined;
  /** Retries of failed calls that can be repeated without harm; false: no retries. @default on, see `RetryOptions` */
  readonly retry?: RetryOptions | false | undefined;
  /**
   * Refuses calls immediately while the server is unavailable; false: every call is sent.
   * @default on, see `BreakerOptions`
   */
  readonly breaker?: BreakerOptions | false | undefined;
  /**
   * The maximum number of commands in flight to one node, from 1 to 1 000 000. Further commands wait in a queue. Reads
   * that share an MGET count as one command.
   * @default 2048
   */
  readonly maxInFlight?: number | undefined;
  /**
   * The maximum number of commands to one node in the queue, from 0 to 1 000 000: first in, first out, within the
   * deadline of their call. When the queue is full, a call rejects immediately with `OVERLOADED`; 0: no queue. The
   * entries of one `setMany`, and the keys of one `deleteMany`, are accepted or refused together.
   * @default 16384
   */
  readonly maxQueued?: number | undefined;
  /**
   * The maximum number of connections that `acquire` lends at the same time, from 1 to 1000. Further calls wait within
   * their deadline, and then reject with `OVERLOADED`.
   * @default 10
   */
  readonly maxExclusive?: number | undefined;
}

export interface ResolvedResilience {
  readonly deadlineMs: number;
  /** Undefined: no retries. */
  readonly retry: ResolvedRetry | undefined;
  /** Undefined: only `isolate` opens the circuits. */
  readonly breaker: ResolvedBreaker | undefined;
  readonly maxInFlight: number;
  readonly maxQueued: number;
  readonly maxExclusive: number;
}

/** The names of all options. */
export const RESILIENCE_OPTIONS = ['deadline', 'retry', 'breaker', 'maxInFlight', 'maxQueued', 'maxExclusive'] as const;

export const RESILIENCE_DEFAULTS = {
  deadline: '500ms',
  maxInFlight: 2048,
  maxQueued: 16_384,
  maxExclusive: 10,
} as const satisfies ResilienceOptions;

export const DEADLINE_LIMITS = { minMs: 1, maxMs: 3_600_000 } as const;

const IN_FLIGHT_LIMITS = { min: 1, max: 1_000_000 } as const;
const QUEUED_LIMITS = { min: 0, max: 1_000_000 } as const;
const EXCLUSIVE_LIMITS = { min: 1, max: 1000 } as const;

/** @throws RedisInfraError OPTION_INVALID with the option's path. */
export function resolveResilience(options: ResilienceOptions, path: string): ResolvedResilience {
  checkOptions(options, RESILIENCE_OPTIONS, path);
  const at = (name: (typeof RESILIENCE_OPTIONS)[number]): string => join(path, name);
  const {
    retry = {},
    breaker = {},
    deadline,
    maxInFlight,
    maxQueued,
    maxExclusive,
  } = { ...RESILIENCE_DEFAULTS, ...definedMembers(options) };
  return Object.freeze({
    deadlineMs: durationMs(deadline, at('deadline'), DEADLINE_LIMITS),
    retry: isOff(retry, at('retry')) ? undefined : resolveRetry(retry, at('retry')),
    breaker: isOff(breaker, at('breaker')) ? undefined : resolveBreaker(breaker, at('breaker')),
    maxInFlight: checkInteger(maxInFlight, at('maxInFlight'), IN_FLIGHT_LIMITS),
    maxQueued: checkInteger(maxQueued, at('maxQueued'), QUEUED_LIMITS),
    maxExclusive: checkInteger(maxExclusive, at('maxExclusive'), EXCLUSIVE_LIMITS),
  });
}

function isOff<T extends object>(option: T | false, path: string): option is false {
  if ((option as unknown) === true) throw optionInvalid(path, 'must be false or an object; it is on by default');
  return option === false;
}
