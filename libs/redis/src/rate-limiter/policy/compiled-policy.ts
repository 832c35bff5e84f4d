import { TEN_YEARS_MS, durationMs } from '../../common/duration.js';
import { checkBoolean, checkInteger, checkOneOf, checkOptions, join, optionInvalid } from '../../common/options.js';
import { CALENDAR_WINDOWS, DAY_MS, isCalendarWindow, WindowCalendar } from './window-calendar.js';
import { bucketOf, NO_BUCKET, shareOfBucket, type BucketSize, type GcraBucket } from './gcra-bucket.js';
import { resolveLease, type ResolvedLease } from './lease-options.js';
import type { RateLimitAlgorithm, RateLimitPolicy } from './rate-limit-policy.js';

/** A checked policy with resolved defaults. Equal policies are the same object. */
export interface CompiledPolicy {
  /** Unique within this process. */
  readonly id: number;
  readonly name: string;
  readonly algorithm: RateLimitAlgorithm;
  readonly limit: number;
  /** Length of the window; for a calendar window its nominal length. */
  readonly windowMs: number;
  /** Tokens that can be spent at once; equals the limit for all algorithms but gcra. */
  readonly burst: number;
  /** 0: a refusal does not block. */
  readonly blockUs: number;
  readonly shadow: boolean;
  /** Set for fixed windows of a calendar or time zone; others start at a multiple of their length since 1970. */
  readonly calendar: WindowCalendar | undefined;
  readonly lease: ResolvedLease | undefined;
  /** For gcra only. */
  readonly bucket: GcraBucket;
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
/** Every decision reads and writes all holders. */
const MAX_HOLDERS = { min: 1, max: 1000 };
const NAME = /^[\x20-\x7e]{1,128}$/;
let compiled = 0;

/** The algorithm of each option that is not for all algorithms. */
const ONLY_FOR = [
  ['burst', 'gcra'],
  ['lease', 'gcra'],
  ['timeZone', 'fixed-window'],
] as const satisfies readonly (readonly [keyof RateLimitPolicy, RateLimitAlgorithm])[];

/** @throws RedisInfraError OPTION_INVALID with the option's path. */
export function compilePolicy(policy: RateLimitPolicy, path: string): CompiledPolicy {
  checkOptions(policy, POLICY_OPTIONS, path);
  const algorithm = checkOneOf(
    policy.algorithm ?? POLICY_DEFAULTS.algorithm,
    join(path, 'algorithm'),
    RATE_LIMIT_ALGORITHMS,
  );
  for (const [option, only] of ONLY_FOR) {
    if (policy[option] !== undefined && algorithm !== only)
      throw optionInvalid(join(path, option), `is only for the algorithm ${only}: remove it`);
  }
  if (algorithm === 'concurrency' && policy.blockFor !== undefined)
    throw optionInvalid(join(path, 'blockFor'), 'is not for concurrency: a permit is free as soon as it is released');
  // A lease batch that finds no room would block a subject that was never refused.
  if (policy.lease !== undefined && policy.blockFor !== undefined)
    throw optionInvalid(join(path, 'lease'), 'conflicts with blockFor: remove one of them');
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
    bucket: algorithm === 'gcra' ? checkedBucket({ limit, windowMs, burst }, path) : NO_BUCKET,
  });
}

export function checkPolicyName(name: unknown, path: string): string {
  if (typeof name === 'string' && NAME.test(name)) return name;
  throw optionInvalid(path, 'must be 1 to 128 characters of printable ASCII, because headers contain it');
}

/**
 * The policy with its limit and burst divided by `instances`, for a process that decides locally. At least one token.
 */
export function shareOf(policy: CompiledPolicy, instances: number): CompiledPolicy {
  if (instances === 1) return policy;
  const limit = Math.max(1, Math.floor(policy.limit / instances));
  const burst = Math.max(1, Math.floor(policy.burst / instances));
  const { windowMs } = policy;
  const bucket =
    policy.algorithm === 'gcra' ? shareOfBucket(policy.bucket, instances, { limit, windowMs, burst }) : policy.bucket;
  return Object.freeze({ ...policy, id: ++compiled, limit, burst, bucket });
}

function windowOf(window: unknown, path: string): number {
  const ms = durationMs(window, path, { minMs: 1, maxMs: TEN_YEARS_MS });
  if (!Number.isInteger(ms)) throw optionInvalid(path, 'must be a whole number of milliseconds');
  return ms;
}

function calendarOf({ algorithm, window, timeZone }: RateLimitPolicy, path: string): WindowCalendar | undefined {
  if (isCalendarWindow(window)) {
    if (algorithm !== 'fixed-window') {
      throw optionInvalid(
        join(path, 'window'),
        `${CALENDAR_WINDOWS.join(', ')} are only for the algorithm fixed-window`,
      );
    }
    return WindowCalendar.create(window, timeZone ?? 'UTC', join(path, 'timeZone'));
  }
  if (timeZone === undefined) return undefined;
  const windowMs = windowOf(window, join(path, 'window'));
  if (windowMs > DAY_MS && windowMs % DAY_MS !== 0)
    throw optionInvalid(join(path, 'window'), 'must be at most a day, or a whole number of days, when timeZone is set');
  return WindowCalendar.create(windowMs, timeZone, join(path, 'timeZone'));
}

function checkedBucket(size: BucketSize, path: string): GcraBucket {
  const bucket = bucketOf(size);
  if (bucket !== undefined) return bucket;
  throw optionInvalid(
    join(path, 'limit'),
    'cannot be counted exactly in this window: use a rounder limit or a shorter window',
  );
}
