import { HAS_ROOM } from '../../../src/rate-limiter/policy/limiter-call.js';
import { ABSENT, UNTOUCHED } from './decider.js';
import { MINUTE, SECOND, call, step, type Vector } from './vector.js';

const TEN = { name: 'ten', limit: 10, window: '10s' } as const;
const BYTES = { name: 'bytes', limit: 500, window: '500s' } as const;
const DAILY = { name: 'daily', limit: 5, window: '1m', algorithm: 'fixed-window' } as const;
const SLIDING = { name: 'sliding', limit: 8, window: '16s', algorithm: 'sliding-window' } as const;
const STRICT = { name: 'strict', limit: 10, window: '10s', blockFor: '1m' } as const;
const WATCHED = { name: 'watched', limit: 3, window: '3s', shadow: true } as const;

/** Calls with a cost per policy. */
export const COSTS_VECTORS: readonly Vector[] = [
  {
    name: 'each policy is charged its own cost, or none is charged anything',
    steps: [
      step(
        0,
        call([TEN, BYTES], { costs: [1, 400] }, 1, [1, 9, SECOND, HAS_ROOM], [1, 100, 400 * SECOND, 300 * SECOND]),
        400_000,
      ),
      step(
        0,
        call([TEN, BYTES], { costs: [1, 400] }, 0, [0, 9, SECOND, HAS_ROOM], [0, 100, 400 * SECOND, 300 * SECOND]),
        UNTOUCHED,
      ),
    ],
  },
  {
    name: 'as many repetitions are admitted as every policy has room for at its own cost',
    steps: [
      step(
        0,
        call([TEN, BYTES], { costs: [2, 10], times: 6 }, 5, [5, 0, 10 * SECOND, 2 * SECOND], [5, 450, 50 * SECOND, -1]),
      ),
      step(0, call([BYTES, DAILY], { costs: [450, 5] }, 1, [1, 0, 500 * SECOND, 450 * SECOND], [1, 0, MINUTE, MINUTE])),
    ],
  },
  {
    name: 'a cost of 0 requires room for one token, charges nothing and does not block',
    steps: [
      step(0, call([STRICT, BYTES], { costs: [0, 1] }, 1, [1, 10, 0, HAS_ROOM], [1, 499, SECOND, HAS_ROOM]), 1000),
      step(0, call(STRICT, { times: 10 }, 10, [10, 0, 10 * SECOND, SECOND])),
      step(
        0,
        call([STRICT, BYTES], { costs: [0, 1] }, 0, [0, 0, 10 * SECOND, SECOND], [0, 499, SECOND, HAS_ROOM]),
        UNTOUCHED,
      ),
      step(0, call([STRICT, BYTES], { costs: [1, 0] }, 0, [0, 0, MINUTE, MINUTE], [0, 499, SECOND, HAS_ROOM])),
    ],
  },
  {
    name: 'window policies are charged their own costs',
    steps: [
      step(
        0,
        call([DAILY, SLIDING], { costs: [2, 3] }, 1, [1, 3, MINUTE, HAS_ROOM], [1, 5, 17 * SECOND, HAS_ROOM]),
        60_000,
      ),
      step(
        0,
        call([DAILY, SLIDING], { costs: [1, 6] }, 0, [0, 3, MINUTE, HAS_ROOM], [0, 5, 17 * SECOND, 17 * SECOND]),
        UNTOUCHED,
      ),
    ],
  },
  {
    name: 'a shadow policy counts its own cost, and refuses nothing',
    steps: [
      step(0, call([WATCHED, TEN], { costs: [2, 1] }, 1, [1, 1, 2 * SECOND, SECOND], [1, 9, SECOND, HAS_ROOM])),
      step(0, call([WATCHED, TEN], { costs: [2, 1] }, 1, [0, 1, 2 * SECOND, SECOND], [1, 8, 2 * SECOND, HAS_ROOM])),
    ],
  },
  {
    name: 'a peek checks each cost, and spends nothing',
    steps: [
      step(0, call([TEN, BYTES], { op: 'peek', costs: [10, 500] }, 1, [1, 10, 0, -1], [1, 500, 0, -1]), ABSENT),
      step(0, call(TEN, { amount: 4 }, 1, [1, 6, 4 * SECOND, HAS_ROOM])),
      step(
        0,
        call([TEN, BYTES], { op: 'peek', costs: [7, 9] }, 0, [0, 6, 4 * SECOND, SECOND], [0, 500, 0, -1]),
        UNTOUCHED,
      ),
      step(
        SECOND,
        call([TEN, BYTES], { op: 'peek', costs: [7, 9] }, 1, [1, 7, 3 * SECOND, -1], [1, 500, 0, -1]),
        UNTOUCHED,
      ),
      step(SECOND, call(TEN, { op: 'peek', times: 3 }, 3, [3, 7, 3 * SECOND, HAS_ROOM]), UNTOUCHED),
    ],
  },
  {
    name: 'a refund and a penalty use the cost of each policy',
    steps: [
      step(0, call([TEN, BYTES], { costs: [5, 445] }, 1, [1, 5, 5 * SECOND, -1], [1, 55, 445 * SECOND, 390 * SECOND])),
      step(
        0,
        call([TEN, BYTES], { op: 'refund', costs: [2, 45] }, 1, [1, 7, 3 * SECOND, -1], [1, 100, 400 * SECOND, -1]),
      ),
      step(
        0,
        call(
          [TEN, BYTES],
          { op: 'penalty', costs: [8, 200] },
          1,
          [1, 0, 11 * SECOND, 2 * SECOND],
          [1, 0, 600 * SECOND, 101 * SECOND],
        ),
      ),
    ],
  },
];
