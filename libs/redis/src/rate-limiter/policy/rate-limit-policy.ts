import type { Duration } from '../../common/duration.js';

/**
 * How requests are counted.
 *
 * | algorithm | guarantee | for |
 * |---|---|---|
 * | `gcra` | never more than `burst + rate * t` in any span t | APIs |
 * | `sliding-window` | never more than `limit` in any window; errs on the strict side by up to a sixteenth of the window | logins, paid calls |
 * | `fixed-window` | never more than `limit` between two ticks of the calendar | quotas per day or month |
 * | `concurrency` | never more than `limit` at once | expensive work |
 *
 * @see https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm
 */
export type RateLimitAlgorithm = 'gcra' | 'sliding-window' | 'fixed-window' | 'concurrency';

/** A stretch of the calendar, in the policy's `timeZone`; weeks begin on Monday. For `fixed-window`. */
export type CalendarWindow = 'day' | 'week' | 'month' | 'year';

/** Tokens taken in batches and spent in the process, for keys so hot that a call for each decision is too much. For `gcra`. */
export interface LeaseOptions {
  /** The largest batch, in tokens; what is asked for grows toward it with the demand. From 2 to `burst`, at most 65535. @default a tenth of the burst, at least 2 */
  readonly size?: number | undefined;
  /** How long a batch may be spent; what is left then goes back. At most the window. @default '1s', or the window if that is shorter */
  readonly ttl?: Duration | undefined;
}

/** How much of something a subject may do. The same name is the same count, in whatever list it stands. */
export interface RateLimitPolicy {
  /** Of this policy's count: 1 to 128 characters of printable ASCII. Shown in headers. */
  readonly name: string;
  /** How many tokens a window has; for `concurrency` how many may be at it at once. A whole number from 1. */
  readonly limit: number;
  /** For `concurrency`: after how long the place of a holder that has died is free. Whole milliseconds, or for `fixed-window` a stretch of the calendar. */
  readonly window: Duration | CalendarWindow;
  /** How tokens are counted. @default 'gcra' */
  readonly algorithm?: RateLimitAlgorithm | undefined;
  /** How many tokens may be spent at once, of those that flow in with `limit / window`. For `gcra`. @default limit */
  readonly burst?: number | undefined;
  /** Once refused, the subject stays refused so long. @default not longer than the count says */
  readonly blockFor?: Duration | undefined;
  /** Counts and reports, and refuses nobody: to try a limit out. @default false */
  readonly shadow?: boolean | undefined;
  /** Where days begin; an IANA name such as `Europe/Zurich`. For `fixed-window`. @default 'UTC' */
  readonly timeZone?: string | undefined;
  /** Takes tokens in batches; not together with `blockFor`. @default each is asked for */
  readonly lease?: LeaseOptions | undefined;
}

/** A policy of a list that is charged another cost than the rest of the list. */
export interface CostedPolicy {
  /** A policy, or the name of one given to the limiter's options. */
  readonly policy: string | RateLimitPolicy;
  /** Tokens that it is charged, in place of the call's cost: a whole number. 0 charges nothing, and still needs room for one token. */
  readonly cost: number;
}

/** One entry of a list of policies: a policy, the name of one, or either with its own cost. */
export type ListedPolicy = string | RateLimitPolicy | CostedPolicy;

/**
 * A policy, the name of one given to the limiter's options, or a list of them: then all must have room, or nothing is spent. In a list
 * `{ policy, cost }` gives one policy a cost of its own.
 */
export type Policies = string | RateLimitPolicy | readonly ListedPolicy[];
