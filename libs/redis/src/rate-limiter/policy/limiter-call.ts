import type { BoundedReply } from '../server-time/bounded-reply.js';
import type { Charge } from './charge.js';
import type { CompiledPolicy } from './compiled-policy.js';

/** The operations of a call, with their numbers in decide.lua. */
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

/** One call on the counts of one subject. */
export interface LimiterCall extends Charge {
  readonly operation: Operation;
  readonly plan: readonly CompiledPolicy[];
  /** Repetitions: equal consecutive calls are sent as one. */
  readonly times: number;
  /** Number of the permit holder, for concurrency policies; 0: none. */
  readonly holder: number;
}

/** The calls on one subject, in order. */
export interface SubjectCalls {
  readonly key: string;
  readonly calls: readonly LimiterCall[];
}

/** The state of a policy after a call. */
export interface PolicyVerdict {
  /** Repetitions that the policy counted. */
  readonly counted: number;
  /** Tokens left. */
  readonly free: number;
  /** Microseconds until the count is empty. */
  readonly resetUs: number;
  /** Microseconds until the call would be admitted; or HAS_ROOM, or NEVER. */
  readonly waitUs: number;
}

/** The result of a call, as the script returns it. */
export interface CallVerdict {
  /** Repetitions that were admitted, counted from the first. */
  readonly admitted: number;
  /** In the order of the plan. */
  readonly policies: readonly PolicyVerdict[];
}

/** What the script returns when it decided. */
export interface DecideResults {
  readonly verdicts: readonly CallVerdict[];
}

export type DecideReply = BoundedReply<DecideResults>;

/** The call would be admitted now. */
export const HAS_ROOM = -1;
/** The cost is larger than the burst. */
export const NEVER = -2;
