import { HAS_ROOM, NEVER } from '../../../src/rate-limiter/policy/limiter-call.js';
import { ABSENT, UNTOUCHED } from './decider.js';
import { DAY, HOUR, MINUTE, SECOND, call, step, type Vector } from './vector.js';

const MINUTELY = { name: 'fixed', limit: 3, window: '1m', algorithm: 'fixed-window' } as const;
const DAILY = { ...MINUTELY, window: '1d' } as const;
const FIFTY = { ...MINUTELY, limit: 50 } as const;
const HUNDRED = { ...MINUTELY, limit: 100 } as const;
const FIVE = { ...MINUTELY, limit: 5 } as const;

export const FIXED_WINDOW_VECTORS: readonly Vector[] = [
  {
    name: 'the limit is admitted until the window since the epoch ends',
    steps: [
      step(10 * SECOND, call(MINUTELY, { times: 4 }, 3, [3, 0, 50 * SECOND, 50 * SECOND]), 50_000),
      step(MINUTE - 1, call(MINUTELY, {}, 0, [0, 0, 1, 1]), UNTOUCHED),
      step(MINUTE, call(MINUTELY, {}, 1, [1, 2, MINUTE, HAS_ROOM]), 60_000),
    ],
  },
  {
    name: 'costs, refunds and penalties count within the window',
    steps: [
      step(0, call(MINUTELY, { amount: 2 }, 1, [1, 1, MINUTE, MINUTE])),
      step(0, call(MINUTELY, { amount: 4 }, 0, [0, 1, MINUTE, NEVER]), UNTOUCHED),
      step(0, call(MINUTELY, { op: 'refund', amount: 9 }, 1, [1, 3, 0, HAS_ROOM]), ABSENT),
      step(0, call(MINUTELY, { op: 'penalty', amount: 9 }, 1, [1, 0, MINUTE, MINUTE]), 60_000),
      step(0, call(MINUTELY, { op: 'refund', amount: 3 }, 1, [1, 0, MINUTE, MINUTE])),
      step(0, call(MINUTELY, { op: 'refund', amount: 1 }, 1, [1, 1, MINUTE, HAS_ROOM])),
      step(MINUTE, call(MINUTELY, { times: 4 }, 3, [3, 0, MINUTE, MINUTE])),
    ],
  },
  {
    name: 'a changed limit keeps the share of the count',
    steps: [
      step(0, call(FIFTY, { amount: 7 }, 1, [1, 43, MINUTE, HAS_ROOM])),
      step(0, call(HUNDRED, { amount: 0 }, 1, [1, 86, MINUTE, HAS_ROOM]), UNTOUCHED),
      step(0, call(HUNDRED, { amount: 1 }, 1, [1, 85, MINUTE, HAS_ROOM])),
      step(0, call(FIVE, { amount: 0 }, 1, [1, 4, MINUTE, HAS_ROOM])),
      step(0, call(FIVE, { amount: 4 }, 1, [1, 0, MINUTE, MINUTE])),
      step(0, call(FIFTY, {}, 0, [0, 0, MINUTE, MINUTE])),
    ],
  },
  {
    name: 'a shortened window refuses no longer than its end',
    steps: [
      step(10 * SECOND, call(DAILY, { times: 4 }, 3, [3, 0, DAY - 10 * SECOND, DAY - 10 * SECOND])),
      step(20 * SECOND, call(MINUTELY, {}, 0, [0, 0, 40 * SECOND, 40 * SECOND])),
      step(MINUTE, call(MINUTELY, { times: 4 }, 3, [3, 0, MINUTE, MINUTE])),
    ],
  },
  {
    name: 'a lengthened window keeps its count',
    steps: [
      step(HOUR, call(MINUTELY, { times: 2 }, 2, [2, 1, MINUTE, HAS_ROOM])),
      step(HOUR, call(DAILY, { times: 2 }, 1, [1, 0, 23 * HOUR, 23 * HOUR])),
      step(DAY, call(DAILY, {}, 1, [1, 2, DAY, HAS_ROOM])),
    ],
  },
  {
    name: 'a clock that jumps back keeps the count, and refuses no longer than the window',
    steps: [
      step(2 * HOUR, call(MINUTELY, { times: 3 }, 3, [3, 0, MINUTE, MINUTE])),
      step(0, call(MINUTELY, {}, 0, [0, 0, MINUTE, MINUTE]), 60_000),
      step(MINUTE, call(MINUTELY, { times: 4 }, 3, [3, 0, MINUTE, MINUTE])),
    ],
  },
];
