import { HAS_ROOM } from '../../../src/rate-limiter/policy/limiter-call.js';
import { ABSENT, UNTOUCHED } from './decider.js';
import { SECOND, call, step, type Vector } from './vector.js';

const TWO = { name: 'two', limit: 2, window: '10s', algorithm: 'concurrency' } as const;
const ONE = { ...TWO, limit: 1 } as const;
const THREE = { ...TWO, limit: 3 } as const;
const BRIEF = { ...TWO, window: '1s' } as const;

export const CONCURRENCY_VECTORS: readonly Vector[] = [
  {
    name: 'at most limit holders have a permit, and an expired permit is free',
    steps: [
      step(0, call(TWO, { holder: 1 }, 1, [1, 1, 10 * SECOND, HAS_ROOM]), 10_000),
      step(SECOND, call(TWO, { holder: 2 }, 1, [1, 0, 10 * SECOND, 9 * SECOND]), 10_000),
      step(SECOND, call(TWO, { holder: 3 }, 0, [0, 0, 10 * SECOND, 9 * SECOND]), UNTOUCHED),
      step(10 * SECOND - 1, call(TWO, { holder: 3 }, 0, [0, 0, SECOND + 1, 1]), UNTOUCHED),
      step(10 * SECOND, call(TWO, { holder: 3 }, 1, [1, 0, 10 * SECOND, SECOND]), 10_000),
    ],
  },
  {
    name: 'a holder that acquires again keeps its one permit',
    steps: [
      step(0, call(TWO, { holder: 1 }, 1, [1, 1, 10 * SECOND, HAS_ROOM])),
      step(SECOND, call(TWO, { holder: 1 }, 1, [1, 1, 10 * SECOND, HAS_ROOM]), 10_000),
    ],
  },
  {
    name: 'a renewed permit is kept, and one without a renewal is free',
    steps: [
      step(0, call(TWO, { holder: 1 }, 1, [1, 1, 10 * SECOND, HAS_ROOM])),
      step(SECOND, call(TWO, { holder: 2 }, 1, [1, 0, 10 * SECOND, 9 * SECOND])),
      step(9 * SECOND, call(TWO, { op: 'renew', holder: 1 }, 1, [1, 0, 10 * SECOND, 2 * SECOND]), 10_000),
      step(11 * SECOND, call(TWO, { holder: 3 }, 1, [1, 0, 10 * SECOND, 8 * SECOND])),
    ],
  },
  {
    name: 'renewing an expired permit succeeds only when there is room',
    steps: [
      step(0, call(ONE, { holder: 1 }, 1, [1, 0, 10 * SECOND, 10 * SECOND])),
      step(10 * SECOND, call(ONE, { op: 'renew', holder: 1 }, 1, [1, 0, 10 * SECOND, 10 * SECOND])),
      step(20 * SECOND, call(ONE, { holder: 2 }, 1, [1, 0, 10 * SECOND, 10 * SECOND])),
      step(20 * SECOND, call(ONE, { op: 'renew', holder: 1 }, 0, [1, 0, 10 * SECOND, 10 * SECOND]), UNTOUCHED),
    ],
  },
  {
    name: 'a released permit is free immediately, and releasing an unknown one does nothing',
    steps: [
      step(0, call(ONE, { holder: 1 }, 1, [1, 0, 10 * SECOND, 10 * SECOND])),
      step(0, call(ONE, { op: 'release', holder: 7 }, 1, [1, 0, 10 * SECOND, 10 * SECOND])),
      step(0, call(ONE, { op: 'release', holder: 1 }, 1, [1, 1, 0, HAS_ROOM]), ABSENT),
      step(0, call(ONE, { op: 'release', holder: 1 }, 1, [1, 1, 0, HAS_ROOM]), ABSENT),
      step(0, call(ONE, { holder: 2 }, 1, [1, 0, 10 * SECOND, 10 * SECOND])),
    ],
  },
  {
    name: 'a cost of 0 acquires no permit',
    steps: [
      step(0, call(TWO, { amount: 0, times: 4 }, 4, [4, 2, 0, HAS_ROOM]), ABSENT),
      step(0, call(TWO, { holder: 1 }, 1, [1, 1, 10 * SECOND, HAS_ROOM])),
      step(0, call(TWO, { amount: 0, times: 4 }, 4, [4, 1, 10 * SECOND, HAS_ROOM]), UNTOUCHED),
    ],
  },
  {
    name: 'a lowered limit keeps all holders, and admits none until enough have released',
    steps: [
      step(0, call(THREE, { holder: 1 }, 1, [1, 2, 10 * SECOND, HAS_ROOM])),
      step(SECOND, call(THREE, { holder: 2 }, 1, [1, 1, 10 * SECOND, HAS_ROOM])),
      step(2 * SECOND, call(THREE, { holder: 3 }, 1, [1, 0, 10 * SECOND, 8 * SECOND])),
      step(2 * SECOND, call(ONE, { holder: 4 }, 0, [0, 0, 10 * SECOND, 10 * SECOND])),
      step(11 * SECOND, call(TWO, { holder: 4 }, 1, [1, 0, 10 * SECOND, SECOND])),
    ],
  },
  {
    name: 'a shortened window applies to current holders',
    steps: [
      step(0, call(TWO, { holder: 1 }, 1, [1, 1, 10 * SECOND, HAS_ROOM])),
      step(0, call(BRIEF, { holder: 2 }, 1, [1, 0, SECOND, SECOND]), 1000),
      step(SECOND, call(BRIEF, { holder: 3 }, 1, [1, 1, SECOND, HAS_ROOM])),
    ],
  },
  {
    name: 'a clock that jumps back does not prolong a permit',
    steps: [
      step(100 * SECOND, call(ONE, { holder: 1 }, 1, [1, 0, 10 * SECOND, 10 * SECOND])),
      step(0, call(ONE, { holder: 2 }, 0, [0, 0, 10 * SECOND, 10 * SECOND]), 10_000),
      step(10 * SECOND, call(ONE, { holder: 2 }, 1, [1, 0, 10 * SECOND, 10 * SECOND])),
    ],
  },
];
