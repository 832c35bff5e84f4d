import { TEN_YEARS_MS, durationMs } from '../../common/duration.js';
import { checkBoolean, checkInteger, checkOneOf, checkOptions, join, optionInvalid } from '../../common/options.js';
import { isCalendarWindow, CALENDAR_WINDOWS, WindowCalendar } from './window-calendar.js';
import { resolveLease, type ResolvedLease } from './lease-options.js';
import type { RateLimitAlgorithm, RateLimitPolicy } from './rate-limit-policy.js';

/** A policy as the algorithms take it, checked; equal policies are the same object. */
export interface CompiledPolicy {
  /** Of this object, in this process. */
  readonly id: number;
  readonly name: string;
  readonly algorithm: RateLimitAlgorithm;
  readonly limit: number;
  /** A stretch of the calendar counts as its usual length. */
  readonly windowMs: number;
  /** How much can be spent at once: for all but gcra the limit. */
  readonly burst: number;
  readonly blockUs: number;
  readonly shadow: boolean;
  /** Where fixed windows do not simply begin with the epoch. */
  readonly calendar: WindowCalendar | undefined;
  readonly lease: ResolvedLease | undefined;
  /** Of gcra. */
  readonly flow: TokenFlow;
}

/** Tokens in whole numbers: one is `unit`, `rate` of which flow away in each tick of so many microseconds; `full` is the burst. */
export interface TokenFlow {
  readonly full: number;
  readonly unit: number;
  readonly rate: number;
  readonly tickUs: number;
}

export const RATE_LIMIT_ALGORITHMS = [
  'gcra',
  'sliding-window',
  'fixed-window',
  'concurrency',
] as const satisfies readonly RateLimitAlgorithm[];

export const POLICY_DEFAULTS = { algorithm: 'gcra', shadow: false } as const satisfies Partial<RateLimitPolicy>;

export const POLICY_OPTIONS = [
  'name',
  'limit',
  'window',
  'algorithm',
  'burst',
  'blockFor',
  'shadow',
  'timeZone',
  'lease',
] as const satisfies readonly (keyof RateLimitPolicy)[];

const MAX_LIMIT = { min: 1, max: 1_000_000_000 };
/** Every decision reads and writes all who are at it. */
const MAX_HOLDERS = { min: 1, max: 1000 };
const NAME = /^[\x20-\x7e]{1,128}$/;
const DAY_MS = 86_400_000;
let compiled = 0;

const NO_FLOW: TokenFlow = Object.freeze({ full: 0, unit: 0, rate: 0, tickUs: 1 });

/** Which algorithm an option is for, where it is not for all. */
const ONLY_FOR = { burst: 'gcra', lease: 'gcra', timeZone: 'fixed-window' } as const;

/** @throws RedisInfraError OPTION_INVALID with the option's path. */
export function compilePolicy(policy: RateLimitPolicy, path: string): CompiledPolicy {
  checkOptions(policy, POLICY_OPTIONS, path);
  const algorithm = checkOneOf(
    policy.algorithm ?? POLICY_DEFAULTS.algorithm,
    join(path, 'algorithm'),
    RATE_LIMIT_ALGORITHMS,
  );
  for (const [option, only] of Object.entries(ONLY_FOR)) {
    if (policy[option as keyof typeof ONLY_FOR] !== undefined && algorithm !== only)
      throw optionInvalid(join(path, option), `is for the algorithm ${only}: leave it out`);
  }
  if (algorithm === 'concurrency' && policy.blockFor !== undefined)
    throw optionInvalid(join(path, 'blockFor'), 'is not for concurrency: a place is free as soon as its holder leaves');
  // A batch that there is no room for would block a subject that was refused nothing.
  if (policy.lease !== undefined && policy.blockFor !== undefined)
    throw optionInvalid(join(path, 'lease'), 'cannot be together with blockFor: leave one of them out');
  const limit = checkInteger(policy.limit, join(path, 'limit'), algorithm === 'concurrency' ? MAX_HOLDERS : MAX_LIMIT);
  const calendar = calendarOf(policy, path);
  const windowMs = calendar?.windowMs ?? windowOf(policy.window, join(path, 'window'));
  const burst = policy.burst === undefined ? limit : checkInteger(policy.burst, join(path, 'burst'), MAX_LIMIT);
  return Object.freeze({
    id: ++compiled,
    name: checkPolicyName(policy.name, join(path, 'name')),
    algorithm,
    limit,
    windowMs,
    burst,
    blockUs: policy.blockFor === undefined ? 0 : Math.round(durationMs(policy.blockFor, join(path, 'blockFor')) * 1000),
    shadow: checkBoolean(policy.shadow ?? POLICY_DEFAULTS.shadow, join(path, 'shadow')),
    calendar,
    lease:
      policy.lease === undefined ? undefined : resolveLease(policy.lease, { burst, windowMs }, join(path, 'lease')),
    flow: algorithm === 'gcra' ? checkedFlow(limit, windowMs, burst, path) : NO_FLOW,
  });
}

export function checkPolicyName(name: unknown, path: string): string {
  if (typeof name === 'string' && NAME.test(name)) return name;
  throw optionInvalid(path, 'must be 1 to 128 characters of printable ASCII: it stands in headers');
}

/** The same with so many tokens, for a process that has a part of them to itself. */
export function shareOf(policy: CompiledPolicy, instances: number): CompiledPolicy {
  if (instances === 1) return policy;
  const limit = Math.max(1, Math.floor(policy.limit / instances));
  const burst = Math.max(1, Math.floor(policy.burst / instances));
  const flow = policy.algorithm === 'gcra' ? shareOfFlow(policy, instances, { limit, burst }) : policy.flow;
  return Object.freeze({ ...policy, id: ++compiled, limit, burst, flow });
}

/** A part may be no round number any more. Then its tokens are those of the whole and flow in so many times slower, which is exact. */
function shareOfFlow(
  { windowMs, flow }: CompiledPolicy,
  instances: number,
  { limit, burst }: Pick<CompiledPolicy, 'limit' | 'burst'>,
): TokenFlow {
  const unit = flow.unit * instances;
  return flowOf(limit, windowMs, burst) ?? Object.freeze({ ...flow, unit, full: burst * unit });
}

function windowOf(window: unknown, path: string): number {
  const ms = durationMs(window, path, { minMs: 1, maxMs: TEN_YEARS_MS });
  if (!Number.isInteger(ms)) throw optionInvalid(path, 'must be a whole number of milliseconds');
  return ms;
}

function calendarOf({ algorithm, window, timeZone }: RateLimitPolicy, path: string): WindowCalendar | undefined {
  if (isCalendarWindow(window)) {
    if (algorithm !== 'fixed-window') {
      throw optionInvalid(join(path, 'window'), `${CALENDAR_WINDOWS.join(', ')} are for the algorithm fixed-window`);
    }
    return WindowCalendar.create(window, timeZone ?? 'UTC', join(path, 'timeZone'));
  }
  if (timeZone === undefined) return undefined;
  const windowMs = windowOf(window, join(path, 'window'));
  if (windowMs > DAY_MS && windowMs % DAY_MS !== 0)
    throw optionInvalid(join(path, 'window'), 'must be at most a day or whole days where there is a timeZone');
  return WindowCalendar.create(windowMs, timeZone, join(path, 'timeZone'));
}

function checkedFlow(limit: number, windowMs: number, burst: number, path: string): TokenFlow {
  const flow = flowOf(limit, windowMs, burst);
  if (flow !== undefined) return flow;
  throw optionInvalid(
    join(path, 'limit'),
    'cannot be counted exactly over so long a window: take a rounder number, or a shorter window',
  );
}

/** The finest tick with which all numbers stay exact, debts of one more burst included; undefined if there is none. */
function flowOf(limit: number, windowMs: number, burst: number): TokenFlow | undefined {
  for (const tickUs of [1, 1000]) {
    const ticks = (windowMs * 1000) / tickUs;
    const common = greatestCommonDivisor(ticks, limit);
    const unit = ticks / common;
    if (burst * unit <= Number.MAX_SAFE_INTEGER / 4)
      return Object.freeze({ full: burst * unit, unit, rate: limit / common, tickUs });
  }
  return undefined;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
