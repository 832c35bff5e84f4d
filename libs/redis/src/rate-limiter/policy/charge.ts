/** What a call charges the policies of its plan. */
export interface Charge {
  /** Tokens of each; for `block` microseconds. */
  readonly amount: number;
  /** Tokens of each policy, in the order of the plan; then `amount` has no effect. Never for a plan of one policy. @default `amount` of each */
  readonly costs?: readonly number[] | undefined;
}

export const ONE_TOKEN: Charge = Object.freeze({ amount: 1 });
export const NO_TOKENS: Charge = Object.freeze({ amount: 0 });

/** What the i-th policy of the plan is charged. */
export function costAt({ amount, costs }: Charge, i: number): number {
  return costs === undefined ? amount : (costs[i] ?? amount);
}

/** Room for how many tokens is asked of the i-th policy: a call that charges it nothing still needs room for one. */
export function askedAt(charge: Charge, i: number): number {
  return Math.max(1, costAt(charge, i));
}

/** No policy is charged anything. */
export function isFree({ amount, costs }: Charge): boolean {
  return costs === undefined ? amount === 0 : costs.every((cost) => cost === 0);
}

export function isSameCharge(one: Charge, other: Charge): boolean {
  if (one.amount !== other.amount) return false;
  const { costs } = one;
  if (costs === other.costs) return true;
  return costs !== undefined && costs.every((cost, i) => cost === other.costs?.[i]);
}
