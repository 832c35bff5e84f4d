import { systemClock, type Clock } from '../clock.js';
import { systemTimers, type Timers } from './timers.js';

/** The sources of time and chance. Tests inject their own. */
export interface Environment {
  readonly clock: Clock;
  readonly timers: Timers;
  /** A number from 0 to 1, without 1. */
  readonly random: () => number;
}

/** Time and chance outside tests. */
export const SYSTEM_ENVIRONMENT: Environment = { clock: systemClock, timers: systemTimers, random: Math.random };
