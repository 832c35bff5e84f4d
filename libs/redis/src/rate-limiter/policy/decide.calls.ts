import type { Charge } from './charge.js';
import type { CompiledPolicy } from './compiled-policy.js';

/** What a call does; the numbers are those of decide.lua. */
export const OPERATIONS = {
  consume: 0,
  penalty: 1,
  refund: 2,
  block: 3,
  unblock: 4,
  reset: 5,
  renew: 6,
  release: 7,
  peek: 8,
} as const;

export type Operation = keyof typeof OPERATIONS;

/** One call on one subject's counts. */
export interface LimiterCall extends Charge {
  readonly operation: Operation;
  readonly plan: readonly CompiledPolicy[];
  /** How often: calls that say the same and follow each other are one. */
  readonly times: number;
  /** Who is at it, by number: for policies of concurrency. */
  readonly holder: number;
}

/** The calls on one subject, in order. */
export interface SubjectCalls {
  readonly key: string;
  readonly calls: readonly LimiterCall[];
}

/** What a policy says once a call is done. */
export interface PolicyVerdict {
  /** How many of the repetitions it counted. */
  readonly counted: number;
  /** Tokens left. */
  readonly free: number;
  /** Microseconds until nothing counts any more. */
  readonly resetUs: number;
  /** Microseconds until the call would be admitted once more; or HAS_ROOM, or NEVER. */
  readonly waitUs: number;
}

export interface CallVerdict {
  /** How many of the repetitions were admitted: the first ones. */
  readonly admitted: number;
  /** In the order of the plan. */
  readonly policies: readonly PolicyVerdict[];
}

/** `late`: it came after its not-after; `calendar`: after the windows it was told. Both changed nothing, and say what the time is. */
export type DecideReply =
  | { readonly status: 'decided'; readonly nowUs: number; readonly verdicts: readonly CallVerdict[] }
  | { readonly status: 'late' | 'calendar'; readonly nowUs: number };

export const HAS_ROOM = -1;
export const NEVER = -2;
