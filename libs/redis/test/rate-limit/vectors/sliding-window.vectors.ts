import { HAS_ROOM, NEVER } from '../../../src/rate-limiter/policy/limiter-call.js';
import { ABSENT, UNTOUCHED } from './decider.js';
import { SECOND, call, step, type Vector } from './vector.js';

/** Each sixteenth is one second. */
const FOUR = { name: 'four', limit: 4, window: '16s', algorithm: 'sliding-window' } as const;
const EIGHT = { ...FOUR, limit: 8 } as const;
const TWO = { ...FOUR, limit: 2 } as const;
const FASTER = { ...FOUR, window: '1s' } as const;
const SLOWER = { ...FOUR, window: '32s' } as const;
/** Each sixteenth is 62.5 ms. */
const BRIEF = { name: 'brief', limit: 1, window: '1s', algorithm: 'sliding-window' } as const;
/** Each sixteenth is a sixteenth of a millisecond. */
const BRIEFEST = { name: 'briefest', limit: 1, window: '1ms', algorithm: 'sliding-window' } as const;

export const SLIDING_WINDOW_VECTORS: readonly Vector[] = [
  {
    name: 'the limit is admitted at once, and no more',
    steps: [
      step(0, call(FOUR, { times: 5 }, 4, [4, 0, 17 * SECOND, 17 * SECOND]), 17_000),
      step(17 * SECOND - 1, call(FOUR, {}, 0, [0, 0, 1, 1]), UNTOUCHED),
      step(17 * SECOND, call(FOUR, {}, 1, [1, 3, 17 * SECOND, HAS_ROOM]), 17_000),
    ],
  },
  {
    name: 'a token at the end of a sixteenth counts for a whole window',
    steps: [
      step(999_999, call(FOUR, { times: 4 }, 4, [4, 0, 16 * SECOND + 1, 16 * SECOND + 1]), 16_001),
      step(999_999 + 16 * SECOND, call(FOUR, {}, 0, [0, 0, 1, 1])),
      step(17 * SECOND, call(FOUR, {}, 1, [1, 3, 17 * SECOND, HAS_ROOM])),
    ],
  },
  {
    name: 'room comes back sixteenth by sixteenth, and a larger cost waits for the later ones',
    steps: [
      step(0, call(FOUR, { times: 2 }, 2, [2, 2, 17 * SECOND, HAS_ROOM])),
      step(8 * SECOND, call(FOUR, { times: 3 }, 2, [2, 0, 17 * SECOND, 9 * SECOND])),
      step(8 * SECOND, call(FOUR, { amount: 3 }, 0, [0, 0, 17 * SECOND, 17 * SECOND])),
      step(17 * SECOND, call(FOUR, { amount: 3 }, 0, [0, 2, 8 * SECOND, 8 * SECOND])),
      step(17 * SECOND, call(FOUR, { amount: 2 }, 1, [1, 0, 17 * SECOND, 8 * SECOND])),
      step(25 * SECOND, call(FOUR, { amount: 0 }, 1, [1, 2, 9 * SECOND, HAS_ROOM])),
    ],
  },
  {
    name: 'sixteenths of fractional milliseconds end at the next whole millisecond',
    steps: [
      step(124_999, call(BRIEF, {}, 1, [1, 0, 1_000_001, 1_000_001])),
      step(1_124_999, call(BRIEF, {}, 0, [0, 0, 1, 1])),
      step(1_125_000, call(BRIEF, {}, 1, [1, 0, 1_063_000, 1_063_000])),
      step(2_187_999, call(BRIEF, {}, 0, [0, 0, 1, 1])),
      step(2_188_000, call(BRIEF, {}, 1, [1, 0, 1_062_000, 1_062_000])),
    ],
  },
  {
    name: 'a window of one millisecond works',
    steps: [
      step(999, call(BRIEFEST, {}, 1, [1, 0, 1001, 1001]), 2),
      step(1999, call(BRIEFEST, {}, 0, [0, 0, 1, 1])),
      step(2000, call(BRIEFEST, {}, 1, [1, 0, 2000, 2000])),
    ],
  },
  {
    name: 'a refund is taken from the newest sixteenth',
    steps: [
      step(0, call(FOUR, { times: 2 }, 2, [2, 2, 17 * SECOND, HAS_ROOM])),
      step(8 * SECOND, call(FOUR, { times: 2 }, 2, [2, 0, 17 * SECOND, 9 * SECOND])),
      step(8 * SECOND, call(FOUR, { op: 'refund', amount: 3 }, 1, [1, 3, 9 * SECOND, HAS_ROOM]), 9000),
      step(8 * SECOND, call(FOUR, { op: 'refund', amount: 3 }, 1, [1, 4, 0, HAS_ROOM]), ABSENT),
    ],
  },
  {
    name: 'a penalty leaves a debt of at most the limit',
    steps: [
      step(0, call(FOUR, { op: 'penalty', amount: 1 }, 1, [1, 3, 17 * SECOND, HAS_ROOM])),
      step(SECOND, call(FOUR, { op: 'penalty', amount: 100 }, 1, [1, 0, 17 * SECOND, 17 * SECOND])),
      step(17 * SECOND, call(FOUR, {}, 0, [0, 0, SECOND, SECOND])),
      step(18 * SECOND, call(FOUR, { times: 5 }, 4, [4, 0, 17 * SECOND, 17 * SECOND])),
    ],
  },
  {
    name: 'a cost above the limit is never admitted',
    steps: [step(0, call(FOUR, { amount: 5 }, 0, [0, 4, 0, NEVER]), ABSENT)],
  },
  {
    name: 'a changed limit keeps the share of each sixteenth',
    steps: [
      step(0, call(FOUR, { times: 2 }, 2, [2, 2, 17 * SECOND, HAS_ROOM])),
      step(SECOND, call(FOUR, {}, 1, [1, 1, 17 * SECOND, HAS_ROOM])),
      step(SECOND, call(EIGHT, { amount: 0 }, 1, [1, 2, 17 * SECOND, HAS_ROOM]), UNTOUCHED),
      step(SECOND, call(EIGHT, { amount: 3 }, 0, [0, 2, 17 * SECOND, 16 * SECOND]), UNTOUCHED),
      step(SECOND, call(TWO, {}, 0, [0, 0, 17 * SECOND, 16 * SECOND]), UNTOUCHED),
      step(17 * SECOND, call(TWO, {}, 1, [1, 0, 17 * SECOND, SECOND])),
    ],
  },
  {
    name: 'a lengthened window counts all tokens from the last write',
    steps: [
      step(0, call(FOUR, { times: 2 }, 2, [2, 2, 17 * SECOND, HAS_ROOM])),
      step(SECOND, call(SLOWER, { amount: 0 }, 1, [1, 2, 33 * SECOND, HAS_ROOM]), UNTOUCHED),
      step(SECOND, call(SLOWER, { times: 3 }, 2, [2, 0, 33 * SECOND, 33 * SECOND]), 33_000),
    ],
  },
  {
    name: 'a shortened window refuses no longer than its length',
    steps: [
      step(0, call(FOUR, { times: 4 }, 4, [4, 0, 17 * SECOND, 17 * SECOND])),
      step(500_000, call(FASTER, {}, 0, [0, 0, 563_000, 563_000]), UNTOUCHED),
      step(1_062_999, call(FASTER, {}, 0, [0, 0, 1, 1]), UNTOUCHED),
      step(1_063_000, call(FASTER, {}, 1, [1, 3, 1_062_000, HAS_ROOM])),
    ],
  },
  {
    name: 'a clock that jumps back keeps the count, and refuses no longer than a window',
    steps: [
      step(100 * SECOND, call(FOUR, { times: 4 }, 4, [4, 0, 17 * SECOND, 17 * SECOND])),
      step(0, call(FOUR, {}, 0, [0, 0, 17 * SECOND, 17 * SECOND]), 17_000),
      step(17 * SECOND, call(FOUR, { times: 5 }, 4, [4, 0, 17 * SECOND, 17 * SECOND])),
    ],
  },
];
