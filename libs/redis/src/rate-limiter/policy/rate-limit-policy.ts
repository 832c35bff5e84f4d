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

/** A calendar window in the policy's `timeZone`; weeks begin on Monday. For `fixed-window`. */
export type CalendarWindow = 'day' | 'week' | 'month' | 'year';

/**
 * Tokens that a process takes in batches and spends locally, for hot keys where one call per decision is too expensive.
 * For `gcra`.
 */
export interface LeaseOptions {
  /**
   * Maximum tokens of a batch; batches grow with the demand. From 2 to `burst`, at most 65535.
   * @default a tenth of the burst, at least 2
   */
  readonly size?: number | undefined;
  /**
   * How long a batch can be spent; unspent tokens are returned then. At most the window.
   * @default '1s', or the window if that is shorter
   */
  readonly ttl?: Duration | undefined;
}

/** A limit for each subject. Policies of the same name share one count, also across lists. */
export interface RateLimitPolicy {
  /** Names the count of the policy: 1 to 128 characters of printable ASCII. Response headers contain it. */
  readonly name: string;
  /** Tokens per window; for `concurrency` the number of permits, at most 1000. A whole number from 1. */
  readonly limit: number;
  /**
   * Length of the window in whole milliseconds, or a calendar window for `fixed-window`. For `concurrency`: the time
   * after which the permit of a dead process is free.
   */
  readonly window: Duration | CalendarWindow;
  /** How tokens are counted. @default 'gcra' */
  readonly algorithm?: RateLimitAlgorithm | undefined;
  /** Tokens that can be spent at once; they refill at `limit / window`. For `gcra`. @default limit */
  readonly burst?: number | undefined;
  /** How long a refusal blocks the subject. @default until the policy has room again */
  readonly blockFor?: Duration | undefined;
  /** The policy counts and reports, and never refuses: to try a limit. @default false */
  readonly shadow?: boolean | undefined;
  /** Time zone of the windows: an IANA name such as `Europe/Zurich`. For `fixed-window`. @default 'UTC' */
  readonly timeZone?: string | undefined;
  /** Takes tokens in batches; conflicts with `blockFor`. @default one call per decision */
  readonly lease?: LeaseOptions | undefined;
}

/** A policy of a list with its own cost. */
export interface CostedPolicy {
  /** A policy, or the name of one given to the limiter's options. */
  readonly policy: string | RateLimitPolicy;
  /**
   * Tokens to charge this policy, instead of the cost of the call: a whole number. 0 charges nothing, and requires room
   * for one token.
   */
  readonly cost: number;
}

/** An entry of a list of policies. */
export type ListedPolicy = string | RateLimitPolicy | CostedPolicy;

/**
 * A policy, the name of one from the limiter's options, or a list of them. All policies of a list must have room, or
 * nothing is spent. `{ policy, cost }` sets the cost of one policy of the list.
 */
export type Policies = string | RateLimitPolicy | readonly ListedPolicy[];
