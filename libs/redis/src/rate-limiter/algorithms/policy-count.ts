import type { PolicyParameters } from '../policy/policy-parameters.js';

/** When a count is read. */
export interface CountMoment {
  readonly nowUs: number;
  /** When it was written. */
  readonly writtenUs: number;
  /** By how much the clock was ahead that wrote it. */
  readonly aheadUs: number;
}

/** What one policy has counted for one subject, as of a moment. The twin of an algorithm in decide.lua, with the same results to the bit. */
export interface PolicyCount {
  /** Tokens that may be spent; fewer than none after a penalty. */
  readonly free: number;
  /** The moment it is as of, where that is coarser than the clock. */
  readonly asOfUs: number;
  /** Counts so many tokens; gives back where it is fewer than none. */
  add(tokens: number, holder: number): void;
  /** Microseconds until so many are free, which are not now; or NEVER. */
  waitUs(tokens: number): number;
  /** Microseconds until all are. */
  resetUs(): number;
  /** What is stored, for the next to read; it does not change with this count. */
  body(): unknown;
}

export type ReadCount = (body: unknown, policy: PolicyParameters, moment: CountMoment) => PolicyCount;

/** A count under another limit is the same share of this one. */
export function rescaled(count: number, from: number, to: number): number {
  return from === to ? count : Math.ceil((count * to) / from);
}
