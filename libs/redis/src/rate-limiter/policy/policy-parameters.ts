import type { RateLimitAlgorithm } from './rate-limit-policy.js';
import type { CompiledPolicy } from './compiled-policy.js';

/** The numbers of the algorithms in decide.lua. */
export const KINDS: Readonly<Record<RateLimitAlgorithm, number>> = {
  gcra: 1,
  'sliding-window': 2,
  'fixed-window': 3,
  concurrency: 4,
};

/** A policy as an algorithm sees it at a moment; decide.lua says what a to d are for each. */
export interface PolicyParameters {
  readonly name: string;
  readonly kind: number;
  readonly shadow: boolean;
  readonly blockUs: number;
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: number;
}

/** @param nowUs about when it will be used: which window of the calendar that is */
export function parametersOf(policy: CompiledPolicy, nowUs: number): PolicyParameters {
  const { name, algorithm, shadow, blockUs } = policy;
  return { name, kind: KINDS[algorithm], shadow, blockUs, ...numbersOf(policy, nowUs) };
}

function numbersOf(policy: CompiledPolicy, nowUs: number): Pick<PolicyParameters, 'a' | 'b' | 'c' | 'd'> {
  const { algorithm, limit, windowMs, calendar, flow } = policy;
  if (algorithm === 'gcra') return { a: flow.full, b: flow.unit, c: flow.rate, d: flow.tickUs };
  if (algorithm === 'sliding-window') return { a: limit, b: windowMs, c: 0, d: 0 };
  if (algorithm === 'concurrency' || calendar === undefined) return { a: limit, b: windowMs * 1000, c: 0, d: 0 };
  const { startMs, endMs, nextEndMs } = calendar.at(Math.floor(nowUs / 1000));
  return { a: limit, b: startMs * 1000, c: endMs * 1000, d: nextEndMs * 1000 };
}
