import { HAS_ROOM, NEVER } from '../../../src/rate-limiter/policy/limiter-call.js';
import { ABSENT, UNTOUCHED } from './decider.js';
import { HOUR, SECOND, call, step, type Vector } from './vector.js';

/** One token per second, with a burst of ten. */
const TEN = { name: 'ten', limit: 10, window: '10s' } as const;
/** One token per third of a second, which is not a whole number of microseconds. */
const THREE = { name: 'three', limit: 3, window: '1s' } as const;
/** Two tokens per microsecond. */
const FLOOD = { name: 'flood', limit: 2_000_000, window: '1s' } as const;
const HOURLY = { name: 'hourly', limit: 1, window: '1h', burst: 3 } as const;
const SMALL_BURST = { name: 'small', limit: 10, window: '10s', burst: 5 } as const;
/** 7777 tokens in 30 days need a tick of a millisecond to stay exact. */
const COARSE = { name: 'coarse', limit: 7777, window: '30d' } as const;

export const GCRA_VECTORS: readonly Vector[] = [
  {
    name: 'a burst is admitted at once, and no more',
    steps: [
      step(0, call(TEN, { times: 11 }, 10, [10, 0, 10 * SECOND, SECOND]), 10_000),
      step(0, call(TEN, {}, 0, [0, 0, 10 * SECOND, SECOND]), UNTOUCHED),
    ],
  },
  {
    name: 'a token is back at the exact microsecond',
    steps: [
      step(0, call(TEN, { times: 10 }, 10, [10, 0, 10 * SECOND, SECOND])),
      step(999_999, call(TEN, {}, 0, [0, 0, 9_000_001, 1]), UNTOUCHED),
      step(SECOND, call(TEN, {}, 1, [1, 0, 10 * SECOND, SECOND]), 10_000),
      step(11 * SECOND, call(TEN, {}, 1, [1, 9, SECOND, HAS_ROOM]), 1000),
    ],
  },
  {
    name: 'thirds of a second are exact',
    steps: [
      step(0, call(THREE, { times: 3 }, 3, [3, 0, SECOND, 333_334])),
      step(333_333, call(THREE, {}, 0, [0, 0, 666_667, 1])),
      step(333_334, call(THREE, {}, 1, [1, 0, SECOND, 333_333]), 1000),
      step(666_667, call(THREE, {}, 1, [1, 0, SECOND, 333_333])),
      step(SECOND, call(THREE, {}, 1, [1, 0, SECOND, 333_334])),
    ],
  },
  {
    name: 'two tokens refill per microsecond',
    steps: [
      step(0, call(FLOOD, { amount: 2_000_000 }, 1, [1, 0, SECOND, SECOND])),
      step(1, call(FLOOD, { amount: 2 }, 1, [1, 0, SECOND, 1])),
      step(1, call(FLOOD, { amount: 3 }, 0, [0, 0, SECOND, 2])),
    ],
  },
  {
    name: 'a burst can be larger than the limit',
    steps: [
      step(0, call(HOURLY, { times: 4 }, 3, [3, 0, 3 * HOUR, HOUR]), 3 * 3_600_000),
      step(HOUR - 1, call(HOURLY, {}, 0, [0, 0, 2 * HOUR + 1, 1])),
      step(HOUR, call(HOURLY, {}, 1, [1, 0, 3 * HOUR, HOUR])),
    ],
  },
  {
    name: 'a burst can be smaller than the limit',
    steps: [
      step(0, call(SMALL_BURST, { times: 6 }, 5, [5, 0, 5 * SECOND, SECOND])),
      step(2 * SECOND, call(SMALL_BURST, { times: 3 }, 2, [2, 0, 5 * SECOND, SECOND])),
    ],
  },
  {
    name: 'numbers too large for microsecond ticks use millisecond ticks',
    steps: [
      step(500, call(COARSE, { times: 7777 }, 7777, [7777, 0, 2_591_999_999_500, 333_290_500])),
      step(333_290_999, call(COARSE, {}, 0, [0, 0, 2_591_666_709_001, 1])),
      step(333_291_000, call(COARSE, {}, 1, [1, 0, 2_592_000_000_000, 333_290_000])),
    ],
  },
  {
    name: 'a cost of 0 spends nothing, also when the call is repeated',
    steps: [
      step(0, call(TEN, { amount: 0 }, 1, [1, 10, 0, HAS_ROOM]), ABSENT),
      step(0, call(TEN, { times: 9 }, 9, [9, 1, 9 * SECOND, HAS_ROOM])),
      step(0, call(TEN, { amount: 0, times: 3 }, 3, [3, 1, 9 * SECOND, HAS_ROOM]), UNTOUCHED),
      step(0, call(TEN, {}, 1, [1, 0, 10 * SECOND, SECOND])),
      step(0, call(TEN, { amount: 0, times: 2 }, 0, [0, 0, 10 * SECOND, SECOND]), UNTOUCHED),
    ],
  },
  {
    name: 'a cost above the burst is never admitted, and counts nothing',
    steps: [
      step(0, call(TEN, { amount: 11 }, 0, [0, 10, 0, NEVER]), ABSENT),
      step(0, call(SMALL_BURST, { amount: 6 }, 0, [0, 5, 0, NEVER]), ABSENT),
      step(0, call(TEN, { amount: Number.MAX_SAFE_INTEGER }, 0, [0, 10, 0, NEVER]), ABSENT),
      step(0, call(TEN, { amount: 10 }, 1, [1, 0, 10 * SECOND, 10 * SECOND])),
    ],
  },
  {
    name: 'the first repetitions of a call are admitted while there is room',
    steps: [
      step(0, call(TEN, { amount: 3, times: 5 }, 3, [3, 1, 9 * SECOND, 2 * SECOND])),
      step(0, call(TEN, { times: 2 }, 1, [1, 0, 10 * SECOND, SECOND])),
    ],
  },
  {
    name: 'a refund returns at most what was spent',
    steps: [
      step(0, call(TEN, { times: 3 }, 3, [3, 7, 3 * SECOND, HAS_ROOM])),
      step(0, call(TEN, { op: 'refund', amount: 2 }, 1, [1, 9, SECOND, HAS_ROOM]), 1000),
      step(0, call(TEN, { op: 'refund', amount: 50 }, 1, [1, 10, 0, HAS_ROOM]), ABSENT),
      step(0, call(TEN, { times: 11 }, 10, [10, 0, 10 * SECOND, SECOND])),
    ],
  },
  {
    name: 'a penalty leaves a debt of at most one burst',
    steps: [
      step(0, call(TEN, { op: 'penalty', amount: 4 }, 1, [1, 6, 4 * SECOND, HAS_ROOM])),
      step(0, call(TEN, { op: 'penalty', amount: 1000 }, 1, [1, 0, 20 * SECOND, 11 * SECOND]), 20_000),
      step(10 * SECOND, call(TEN, {}, 0, [0, 0, 10 * SECOND, SECOND])),
      step(11 * SECOND, call(TEN, {}, 1, [1, 0, 10 * SECOND, SECOND])),
    ],
  },
  {
    name: 'a reset removes the count',
    steps: [
      step(0, call(TEN, { op: 'penalty', amount: 1000 }, 1, [1, 0, 20 * SECOND, 11 * SECOND])),
      step(0, call(TEN, { op: 'reset' }, 1, [1, 10, 0, HAS_ROOM]), ABSENT),
    ],
  },
];
