import { byteSize, type ByteSize } from '../../common/byte-size.js';
import { definedMembers } from '../../common/defined-members.js';
import { durationMs, type Duration } from '../../common/duration.js';
import {
  checkBoolean,
  checkInteger,
  checkOneOf,
  checkOptions,
  checkString,
  isOneOf,
  optionInvalid,
} from '../../common/options.js';

/**
 * What a cleanup looks for, among the keys under the prefix of its store:
 * - `no-ttl`: keys that never expire. `noTtl` decides what happens to them.
 * - `flushed`: entries that a flush or an invalidation of tags made invalid, and flushes that were interrupted.
 * - `expired`: entries whose expiry has passed although their key still exists.
 * - `stale-internal`: leases, locks and counts of rate limits that never expire, which this package does not create.
 * - `big-keys`: keys of at least `bigKey` bytes. They are reported only.
 */
export type CleanupJob = 'no-ttl' | 'flushed' | 'expired' | 'stale-internal' | 'big-keys';

/** Options of a `CleanupService`, and of one run. */
export interface CleanupOptions {
  /** When to run: an interval (a Duration), or in Nest with `nestjs-redis-infra/schedule` a cron expression. */
  readonly schedule: string | number;
  /** What to look for. @default all jobs */
  readonly jobs?: readonly CleanupJob[] | undefined;
  /** Changes nothing, and reports what it would change. @default true */
  readonly dryRun?: boolean | undefined;
  /** The maximum number of keys of one run. The next run continues. From 1 to 1 billion. @default 1_000_000 */
  readonly maxKeys?: number | undefined;
  /** The maximum time of one run. The next run continues. From 100 ms to 1 day. @default '10m' */
  readonly maxDuration?: Duration | undefined;
  /** What happens to keys that never expire: only a report, a time to live of `noTtlExpiry`, or a removal. @default 'report' */
  readonly noTtl?: 'report' | 'expire' | 'delete' | undefined;
  /** The time to live of `noTtl: 'expire'`. @default '7d' */
  readonly noTtlExpiry?: Duration | undefined;
  /** The size from which a key is big. @default '1mb' */
  readonly bigKey?: ByteSize | undefined;
  /** Must be true for a store with an empty key prefix, because the cleanup then covers every key of the database. @default false */
  readonly wholeDatabase?: boolean | undefined;
}

/** Every job, in the order of reports. */
export const CLEANUP_JOBS = ['no-ttl', 'flushed', 'expired', 'stale-internal', 'big-keys'] as const;

export const CLEANUP_DEFAULTS = {
  jobs: CLEANUP_JOBS,
  dryRun: true,
  maxKeys: 1_000_000,
  maxDuration: '10m',
  noTtl: 'report',
  noTtlExpiry: '7d',
  bigKey: '1mb',
  wholeDatabase: false,
} as const satisfies Omit<CleanupOptions, 'schedule'>;

/** The names of all `CleanupOptions`. */
export const CLEANUP_OPTIONS = [
  'schedule',
  'jobs',
  'dryRun',
  'maxKeys',
  'maxDuration',
  'noTtl',
  'noTtlExpiry',
  'bigKey',
  'wholeDatabase',
] as const satisfies readonly (keyof CleanupOptions)[];

const DAY_MS = 24 * 60 * 60 * 1000;
/** The shortest interval. */
const MIN_INTERVAL_MS = 1000;
/** Five or six fields of a cron expression, or a nickname. The scheduler checks the rest. */
const CRON = /^(@\w+|\S+(\s+\S+){4,5})$/;

/** When to run. */
export type CleanupSchedule = { readonly intervalMs: number } | { readonly cron: string };

export interface ResolvedCleanupOptions {
  /** Undefined without a schedule: it only runs when it is called. */
  readonly schedule: CleanupSchedule | undefined;
  readonly jobs: readonly CleanupJob[];
  readonly dryRun: boolean;
  readonly maxKeys: number;
  readonly maxDurationMs: number;
  readonly noTtl: 'report' | 'expire' | 'delete';
  readonly noTtlExpiryMs: number;
  readonly bigKeyBytes: number;
  readonly wholeDatabase: boolean;
}

/** @throws RedisInfraError OPTION_INVALID with the option's path */
export function resolveCleanupOptions(options: Partial<CleanupOptions> = {}, path = ''): ResolvedCleanupOptions {
  checkOptions(options, CLEANUP_OPTIONS, path);
  const all = { ...CLEANUP_DEFAULTS, ...definedMembers(options) };
  const at = (name: keyof CleanupOptions): string => (path === '' ? name : `${path}.${name}`);
  return Object.freeze<ResolvedCleanupOptions>({
    schedule: options.schedule === undefined ? undefined : scheduleOf(options.schedule, at('schedule')),
    jobs: jobsOf(all.jobs, at('jobs')),
    dryRun: checkBoolean(all.dryRun, at('dryRun')),
    maxKeys: checkInteger(all.maxKeys, at('maxKeys'), { min: 1, max: 1_000_000_000 }),
    maxDurationMs: durationMs(all.maxDuration, at('maxDuration'), { minMs: 100, maxMs: DAY_MS }),
    noTtl: checkOneOf(all.noTtl, at('noTtl'), ['report', 'expire', 'delete']),
    noTtlExpiryMs: Math.round(durationMs(all.noTtlExpiry, at('noTtlExpiry'), { minMs: MIN_INTERVAL_MS })),
    bigKeyBytes: byteSize(all.bigKey, at('bigKey')),
    wholeDatabase: checkBoolean(all.wholeDatabase, at('wholeDatabase')),
  });
}

/**
 * Checks the options of a scheduled cleanup.
 * @throws RedisInfraError OPTION_INVALID with the option's path, also without `schedule`
 */
export function checkCleanupOptions(options: unknown, path: string): asserts options is CleanupOptions {
  const { schedule } = resolveCleanupOptions(checkOptions(options, CLEANUP_OPTIONS, path), path);
  if (schedule === undefined) throw optionInvalid(`${path}.schedule`, 'is required: a duration or a cron expression');
}

function jobsOf(jobs: unknown, path: string): readonly CleanupJob[] {
  if (!Array.isArray(jobs) || jobs.length === 0 || !jobs.every((job) => isOneOf(CLEANUP_JOBS, job)))
    throw optionInvalid(path, `must be a non-empty array of ${CLEANUP_JOBS.join(', ')}`);
  return CLEANUP_JOBS.filter((job) => jobs.includes(job));
}

function scheduleOf(schedule: unknown, path: string): CleanupSchedule {
  if (typeof schedule === 'string' && CRON.test(schedule.trim())) return { cron: checkString(schedule, path).trim() };
  return { intervalMs: durationMs(schedule, path, { minMs: MIN_INTERVAL_MS, maxMs: 20 * DAY_MS }) };
}
