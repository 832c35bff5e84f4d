import type { CompiledPolicy } from './compiled-policy.js';
import type { GcraBucket } from './gcra-bucket.js';
import type { RateLimitAlgorithm } from './rate-limit-policy.js';

/** The numbers of the algorithms in decide.lua. */
export const ALGORITHM_IDS: Readonly<Record<RateLimitAlgorithm, number>> = {
  gcra: 1,
  'sliding-window': 2,
  'fixed-window': 3,
  concurrency: 4,
};

interface CommonParameters {
  readonly name: string;
  readonly shadow: boolean;
  /** 0: a refusal does not block. */
  readonly blockUs: number;
}

export interface GcraParameters extends CommonParameters, GcraBucket {
  readonly algorithm: 'gcra';
}

export interface SlidingWindowParameters extends CommonParameters {
  readonly algorithm: 'sliding-window';
  readonly limit: number;
  readonly windowMs: number;
}

export interface FixedWindowParameters extends CommonParameters {
  readonly algorithm: 'fixed-window';
  readonly limit: number;
  /** Length of windows that start at a multiple of it since 1970; 0 for a calendar window. */
  readonly lengthUs: number;
  /** Start of the window. 0 with `lengthUs`, until the script or its twin knows the time; likewise the two ends. */
  readonly startUs: number;
  readonly endUs: number;
  /** End of the next window, in case the server is already in it. */
  readonly nextEndUs: number;
}

export interface ConcurrencyParameters extends CommonParameters {
  readonly algorithm: 'concurrency';
  readonly limit: number;
  /** How long a permit is held without a renewal. */
  readonly holdUs: number;
}

/** A policy in the numbers that its algorithm uses, at one moment. */
export type PolicyParameters = GcraParameters | SlidingWindowParameters | FixedWindowParameters | ConcurrencyParameters;

/** @param nowUs about when the server will read them: selects the window of a calendar */
export function parametersOf(policy: CompiledPolicy, nowUs: number): PolicyParameters {
  const { name, algorithm, shadow, blockUs, limit, windowMs, bucket } = policy;
  const common = { name, shadow, blockUs };
  if (algorithm === 'gcra') return { ...common, algorithm, ...bucket };
  if (algorithm === 'sliding-window') return { ...common, algorithm, limit, windowMs };
  if (algorithm === 'concurrency') return { ...common, algorithm, limit, holdUs: windowMs * 1000 };
  return { ...common, algorithm, limit, ...fixedWindowOf(policy, nowUs) };
}

type FixedWindow = Pick<FixedWindowParameters, 'lengthUs' | 'startUs' | 'endUs' | 'nextEndUs'>;

function fixedWindowOf({ calendar, windowMs }: CompiledPolicy, nowUs: number): FixedWindow {
  if (calendar === undefined) return { lengthUs: windowMs * 1000, startUs: 0, endUs: 0, nextEndUs: 0 };
  const { startMs, endMs, nextEndMs } = calendar.at(Math.floor(nowUs / 1000));
  return { lengthUs: 0, startUs: startMs * 1000, endUs: endMs * 1000, nextEndUs: nextEndMs * 1000 };
}
