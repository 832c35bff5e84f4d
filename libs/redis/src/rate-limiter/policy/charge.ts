/** The cost of a call for each policy of its plan. */
export interface Charge {
  /** Tokens for each policy. For `block`: microseconds. */
  readonly amount: number;
  /**
   * Tokens per policy, in the order of the plan; replaces `amount`. Never set for a plan of one policy.
   * @default `amount` for each
   */
  readonly costs?: readonly number[] | undefined;
}

export const ONE_TOKEN: Charge = Object.freeze({ amount: 1 });
export const NO_TOKENS: Charge = Object.freeze({ amount: 0 });

/** Tokens that the i-th policy of the plan is charged. */
export function costAt({ amount, costs }: Charge, i: number): number {
  return costs === undefined ? amount : (costs[i] ?? amount);
}

/** Tokens that the i-th policy must have room for: a cost of 0 still requires room for one token. */
export function requiredAt(charge: Charge, i: number): number {
  return Math.max(1, costAt(charge, i));
}

/** Whether the call charges no policy. */
export function isFree({ amount, costs }: Charge): boolean {
  return costs === undefined ? amount === 0 : costs.every((cost) => cost === 0);
}

export function isSameCharge(left: Charge, right: Charge): boolean {
  if (left.amount !== right.amount) return false;
  const { costs } = left;
  if (costs === right.costs) return true;
  return costs !== undefined && costs.every((cost, i) => cost === right.costs?.[i]);
}
