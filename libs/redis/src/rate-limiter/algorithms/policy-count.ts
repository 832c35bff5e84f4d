import type { CountState } from './count-state.js';

/** The times that matter when a stored count is read. */
export interface CountMoment {
  readonly nowUs: number;
  /** When the count was written. */
  readonly writtenUs: number;
  /** How far the clock of the writer was ahead of this one; 0 if it was not. */
  readonly aheadUs: number;
}

/**
 * The count of one policy for one subject, at one moment. Twin of an algorithm in decide.lua, with identical results.
 */
export interface PolicyCount {
  /** Tokens that can be spent; negative after a penalty. */
  readonly free: number;
  /** The moment of the count; gcra rounds it down to a tick. */
  readonly asOfUs: number;
  /** Counts tokens; a negative number returns them. */
  add(tokens: number, holder: number): void;
  /** Microseconds until `tokens` are free, or NEVER. Call it only when they are not free now. */
  waitUs(tokens: number): number;
  /** Microseconds until the count is empty. */
  resetUs(): number;
  /** The state to store: a copy that does not change with this count. */
  state(): CountState;
}

/** Converts a count to another limit, as the same share of it, rounded up. */
export function rescaled(count: number, from: number, to: number): number {
  return from === to ? count : Math.ceil((count * to) / from);
}
