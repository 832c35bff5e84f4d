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

/** What each policy says: counted, free, resetUs, waitUs. */
export type Says = readonly [counted: number, free: number, resetUs: number, waitUs: number];

/** One call, and what it must be told. */
export interface VectorCall {
  readonly call: LimiterCall;
  readonly admitted: number;
  readonly policies: readonly Says[];
}

/** Calls on one subject at one moment. */
export interface VectorStep {
  /** Microseconds since START_US; it may be before that of the last step. */
  readonly at: number;
  /** When the client wrote the request. @default the same */
  readonly told?: number;
  /** @default at any time */
  readonly notAfter?: number;
  readonly calls: readonly VectorCall[];
  /** Milliseconds to live that the key was given, or ABSENT, or UNTOUCHED. @default not looked at */
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

type Asked = RateLimitPolicy | readonly RateLimitPolicy[];

const compiled = new Map<RateLimitPolicy, CompiledPolicy>();
const plans = new Map<string, readonly CompiledPolicy[]>();

/** The same policies are the same plan, as callers of the limiter have it. */
export function planOf(asked: Asked): readonly CompiledPolicy[] {
  const policies = [asked].flat();
  const each = policies.map((policy) => {
    let one = compiled.get(policy);
    if (one === undefined) compiled.set(policy, (one = compilePolicy(policy, '')));
    return one;
  });
  const text = each.map(({ id }) => id).join();
  let plan = plans.get(text);
  if (plan === undefined) plans.set(text, (plan = each));
  return plan;
}

/** A call and what it must be told: `consume` of one token once, where nothing else is said. */
export function call(asked: Asked, details: Details, admitted: number, ...policies: readonly Says[]): VectorCall {
  const { op = 'consume', times = 1, amount = 1, costs, holder = 0 } = details;
  return { call: { operation: op, plan: planOf(asked), times, amount, costs, holder }, admitted, policies };
}

/** One call at a moment; `ttlMs` is what the key was given. */
export function step(at: number, one: VectorCall, ttlMs?: number): VectorStep {
  return ttlMs === undefined ? { at, calls: [one] } : { at, calls: [one], ttlMs };
}

export function expectedReply({ at, calls, status = 'decided' }: VectorStep): DecideReply {
  const nowUs = START_US + at;
  if (status !== 'decided') return { status, nowUs };
  const verdicts = calls.map(({ admitted, policies }): CallVerdict => {
    const said = policies.map(([counted, free, resetUs, waitUs]) => ({ counted, free, resetUs, waitUs }));
    return { admitted, policies: said };
  });
  return { status, nowUs, verdicts };
}
