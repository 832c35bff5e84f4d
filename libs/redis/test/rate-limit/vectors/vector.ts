import { compilePolicy, type CompiledPolicy } from '../../../src/rate-limiter/policy/compiled-policy.js';
import type {
  CallVerdict,
  DecideReply,
  LimiterCall,
  Operation,
} from '../../../src/rate-limiter/policy/limiter-call.js';
import type { RateLimitPolicy } from '../../../src/rate-limiter/policy/rate-limit-policy.js';

/** Midnight in UTC, on a Wednesday: 1 January 2025. */
export const START_US = Date.UTC(2025, 0, 1) * 1000;

export const SECOND = 1_000_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** The expected verdict of a policy: counted, free, resetUs, waitUs. */
export type ExpectedVerdict = readonly [counted: number, free: number, resetUs: number, waitUs: number];

/** One call and its expected verdict. */
export interface VectorCall {
  readonly call: LimiterCall;
  readonly admitted: number;
  readonly policies: readonly ExpectedVerdict[];
}

/** Calls on one subject at one moment. */
export interface VectorStep {
  /** Microseconds since START_US; can be before the last step. */
  readonly at: number;
  /** When the client wrote the request. @default `at` */
  readonly sentAt?: number;
  /** @default no limit */
  readonly notAfter?: number;
  readonly calls: readonly VectorCall[];
  /** Expected ttl in milliseconds, or ABSENT, or UNTOUCHED. @default not checked */
  readonly ttlMs?: number;
  /** @default decided */
  readonly status?: DecideReply['status'];
}

export interface Vector {
  readonly name: string;
  readonly steps: readonly VectorStep[];
}

interface Details {
  readonly op?: Operation;
  readonly times?: number;
  readonly amount?: number;
  readonly costs?: readonly number[];
  readonly holder?: number;
}

type OneOrMore = RateLimitPolicy | readonly RateLimitPolicy[];

const compiled = new Map<RateLimitPolicy, CompiledPolicy>();
const plans = new Map<string, readonly CompiledPolicy[]>();

/** Equal policies give the same plan object, as in the limiter. */
export function planOf(policyOrList: OneOrMore): readonly CompiledPolicy[] {
  const policies = [policyOrList].flat();
  const each = policies.map((policy) => {
    let result = compiled.get(policy);
    if (result === undefined) compiled.set(policy, (result = compilePolicy(policy, '')));
    return result;
  });
  const text = each.map(({ id }) => id).join();
  let plan = plans.get(text);
  if (plan === undefined) plans.set(text, (plan = each));
  return plan;
}

/** A call and its expected verdict. Defaults to `consume` of one token, once. */
export function call(
  policyOrList: OneOrMore,
  details: Details,
  admitted: number,
  ...policies: readonly ExpectedVerdict[]
): VectorCall {
  const { op = 'consume', times = 1, amount = 1, costs, holder = 0 } = details;
  return { call: { operation: op, plan: planOf(policyOrList), times, amount, costs, holder }, admitted, policies };
}

/** A step with one call; `ttlMs` is the expected ttl of the key. */
export function step(at: number, vectorCall: VectorCall, ttlMs?: number): VectorStep {
  return ttlMs === undefined ? { at, calls: [vectorCall] } : { at, calls: [vectorCall], ttlMs };
}

export function expectedReply({ at, calls, status = 'decided' }: VectorStep): DecideReply {
  const nowUs = START_US + at;
  if (status !== 'decided') return { status, nowUs };
  const verdicts = calls.map(({ admitted, policies }): CallVerdict => {
    const ofPolicies = policies.map(([counted, free, resetUs, waitUs]) => ({ counted, free, resetUs, waitUs }));
    return { admitted, policies: ofPolicies };
  });
  return { status, nowUs, verdicts };
}
