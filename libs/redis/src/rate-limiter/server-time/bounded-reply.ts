/**
 * The reply of a script that takes a not-after time, the last microsecond (server time) at which it may change
 * anything, as its first argument.
 * - `decided`: the script ran in time. `R` has its results.
 * - `late`: it ran after the not-after time, and changed nothing.
 * - `calendar`: the calendar windows of the request are over, and the script changed nothing.
 */
export type BoundedReply<R> = DecidedReply<R> | UndecidedReply;

/** The reply of a script that ran in time. */
export type DecidedReply<R> = R & { readonly status: 'decided'; readonly nowUs: number };

interface UndecidedReply {
  readonly status: 'late' | 'calendar';
  /** When the script ran, in microseconds since 1970, on the clock of the server. */
  readonly nowUs: number;
}

/** The statuses of a reply, by their numbers in the scripts. */
export const STATUSES = ['decided', 'late', 'calendar'] as const satisfies readonly BoundedReply<unknown>['status'][];
