import { HAS_ROOM, NEVER } from '../../../src/rate-limiter/policy/limiter-call.js';
import { ABSENT, UNTOUCHED } from './decider.js';
import { HOUR, MINUTE, SECOND, call, step, type Vector } from './vector.js';

const TEN = { name: 'ten', limit: 10, window: '10s' } as const;
const ONE = { name: 'one', limit: 1, window: '1m', algorithm: 'fixed-window' } as const;
const STRICT = { name: 'strict', limit: 10, window: '10s', blockFor: '1m' } as const;
const WATCHED = { name: 'watched', limit: 1, window: '10s', shadow: true } as const;
const SHY = { ...WATCHED, blockFor: '1m' } as const;

/** Policies of one name. */
const TEN_OF_FOUR = { ...TEN, limit: 4 } as const;
const TEN_OF_TWENTY = { ...TEN, limit: 20 } as const;
const TEN_SLOW = { ...TEN, window: '20s' } as const;
const TEN_FIXED = { ...TEN, algorithm: 'fixed-window' } as const;

export const TOGETHER_VECTORS: readonly Vector[] = [
  {
    name: 'all policies have room, or nothing is spent anywhere',
    steps: [
      step(0, call([TEN, ONE], { times: 2 }, 1, [1, 9, SECOND, HAS_ROOM], [1, 0, MINUTE, MINUTE]), 60_000),
      step(0, call([TEN, ONE], {}, 0, [0, 9, SECOND, HAS_ROOM], [0, 0, MINUTE, MINUTE]), UNTOUCHED),
      step(0, call([ONE, TEN], {}, 0, [0, 0, MINUTE, MINUTE], [0, 9, SECOND, HAS_ROOM]), UNTOUCHED),
      step(0, call(TEN, { times: 10 }, 9, [9, 0, 10 * SECOND, SECOND]), 60_000),
    ],
  },
  {
    name: 'a cost above the burst of one policy is spent in none',
    steps: [step(0, call([TEN, ONE], { amount: 2 }, 0, [0, 10, 0, HAS_ROOM], [0, 1, 0, NEVER]), ABSENT)],
  },
  {
    name: 'a shadow policy counts what it would have admitted, and refuses nothing',
    steps: [
      step(0, call([WATCHED, TEN], { times: 3 }, 3, [1, 0, 10 * SECOND, 10 * SECOND], [3, 7, 3 * SECOND, HAS_ROOM])),
      step(0, call(WATCHED, {}, 1, [0, 0, 10 * SECOND, 10 * SECOND]), UNTOUCHED),
      step(0, call([WATCHED, TEN], { amount: 11 }, 0, [0, 0, 10 * SECOND, NEVER], [0, 7, 3 * SECOND, NEVER])),
    ],
  },
  {
    name: 'a refusal blocks for blockFor, and further refusals do not prolong it',
    steps: [
      step(0, call(STRICT, { times: 11 }, 10, [10, 0, MINUTE, MINUTE]), 60_000),
      step(30 * SECOND, call(STRICT, {}, 0, [0, 0, 30 * SECOND, 30 * SECOND]), UNTOUCHED),
      step(MINUTE - 1, call(STRICT, { amount: 0 }, 0, [0, 0, 1, 1]), UNTOUCHED),
      step(MINUTE, call(STRICT, {}, 1, [1, 9, SECOND, HAS_ROOM])),
    ],
  },
  {
    name: 'a cost of 0 and a cost above the burst do not block',
    steps: [
      step(0, call(STRICT, { amount: 11 }, 0, [0, 10, 0, NEVER]), ABSENT),
      step(0, call(STRICT, { times: 10 }, 10, [10, 0, 10 * SECOND, SECOND])),
      step(0, call(STRICT, { amount: 0 }, 0, [0, 0, 10 * SECOND, SECOND]), UNTOUCHED),
    ],
  },
  {
    name: 'of several policies only the refusing one blocks',
    steps: [
      step(0, call([STRICT, ONE], { times: 2 }, 1, [1, 9, SECOND, HAS_ROOM], [1, 0, MINUTE, MINUTE])),
      step(0, call(STRICT, { amount: 9 }, 1, [1, 0, 10 * SECOND, 9 * SECOND])),
      step(0, call([TEN, STRICT], {}, 0, [0, 10, 0, HAS_ROOM], [0, 0, MINUTE, MINUTE])),
    ],
  },
  {
    name: 'a shadow policy counts nothing while it would block',
    steps: [
      step(0, call(SHY, { times: 2 }, 2, [1, 0, MINUTE, MINUTE])),
      step(30 * SECOND, call(SHY, {}, 1, [0, 0, 30 * SECOND, 30 * SECOND]), UNTOUCHED),
    ],
  },
  {
    name: 'a block refuses everything until it ends, and keeps the count',
    steps: [
      step(0, call(TEN, { times: 5 }, 5, [5, 5, 5 * SECOND, HAS_ROOM])),
      step(0, call(TEN, { op: 'block', amount: 20 * SECOND }, 1, [1, 0, 20 * SECOND, 20 * SECOND]), 20_000),
      step(SECOND, call(TEN, {}, 0, [0, 0, 19 * SECOND, 19 * SECOND]), UNTOUCHED),
      step(SECOND, call(TEN, { amount: 11 }, 0, [0, 0, 19 * SECOND, NEVER]), UNTOUCHED),
      step(SECOND, call(TEN, { op: 'unblock' }, 1, [1, 6, 4 * SECOND, HAS_ROOM]), 4000),
      step(SECOND, call(TEN, { op: 'block', amount: SECOND }, 1, [1, 0, 4 * SECOND, SECOND]), 4000),
      step(2 * SECOND, call(TEN, {}, 1, [1, 6, 4 * SECOND, HAS_ROOM])),
    ],
  },
  {
    name: 'a block that was written by a clock ahead keeps its length',
    steps: [
      step(HOUR, call(TEN, { op: 'block', amount: 5 * SECOND }, 1, [1, 0, 5 * SECOND, 5 * SECOND])),
      step(0, call(TEN, {}, 0, [0, 0, 5 * SECOND, 5 * SECOND]), 5000),
      step(5 * SECOND, call(TEN, {}, 1, [1, 9, SECOND, HAS_ROOM])),
    ],
  },
  {
    name: 'a clock that jumps back changes no count, and one that jumps forward refills by the elapsed time',
    steps: [
      step(HOUR, call(TEN, { times: 10 }, 10, [10, 0, 10 * SECOND, SECOND])),
      step(0, call(TEN, {}, 0, [0, 0, 10 * SECOND, SECOND]), 10_000),
      step(SECOND, call(TEN, {}, 1, [1, 0, 10 * SECOND, SECOND])),
      step(HOUR, call(TEN, { times: 11 }, 10, [10, 0, 10 * SECOND, SECOND])),
    ],
  },
  {
    name: 'a changed limit, window or burst keeps the share of the count',
    steps: [
      step(0, call(TEN, { times: 5 }, 5, [5, 5, 5 * SECOND, HAS_ROOM])),
      step(0, call(TEN_OF_FOUR, { amount: 0 }, 1, [1, 2, 5 * SECOND, HAS_ROOM]), UNTOUCHED),
      step(0, call(TEN_OF_TWENTY, { amount: 0 }, 1, [1, 10, 5 * SECOND, HAS_ROOM]), UNTOUCHED),
      step(0, call(TEN_SLOW, { amount: 0 }, 1, [1, 5, 10 * SECOND, HAS_ROOM]), UNTOUCHED),
      step(0, call({ ...TEN, burst: 4 }, { amount: 0 }, 1, [1, 2, 2 * SECOND, HAS_ROOM]), UNTOUCHED),
      step(0, call(TEN_OF_FOUR, { times: 3 }, 2, [2, 0, 10 * SECOND, 2_500_000])),
      step(0, call(TEN, {}, 0, [0, 0, 10 * SECOND, SECOND])),
    ],
  },
  {
    name: 'a changed algorithm starts with an empty count, and keeps the block',
    steps: [
      step(0, call(TEN, { times: 10 }, 10, [10, 0, 10 * SECOND, SECOND])),
      step(0, call(TEN_FIXED, {}, 1, [1, 9, 10 * SECOND, HAS_ROOM])),
      step(0, call(TEN_FIXED, { op: 'block', amount: MINUTE }, 1, [1, 0, MINUTE, MINUTE])),
      step(0, call(TEN, {}, 0, [0, 0, MINUTE, MINUTE]), UNTOUCHED),
    ],
  },
  {
    name: 'policies of one name share a count, also within one request',
    steps: [
      {
        at: 0,
        calls: [
          call(TEN, { times: 5 }, 5, [5, 5, 5 * SECOND, HAS_ROOM]),
          call(TEN_OF_TWENTY, { times: 2 }, 2, [2, 8, 6 * SECOND, HAS_ROOM]),
          call([ONE, TEN], { op: 'penalty', amount: 1 }, 1, [1, 0, MINUTE, MINUTE], [1, 3, 7 * SECOND, HAS_ROOM]),
          call(TEN_FIXED, {}, 1, [1, 9, 10 * SECOND, HAS_ROOM]),
          call(TEN, { op: 'reset' }, 1, [1, 10, 0, HAS_ROOM]),
          call(TEN_OF_FOUR, { times: 5 }, 4, [4, 0, 10 * SECOND, 2_500_000]),
        ],
        ttlMs: 60_000,
      },
    ],
  },
  {
    name: 'a key expires with the last of its records',
    steps: [
      step(0, call([ONE, TEN], {}, 1, [1, 0, MINUTE, MINUTE], [1, 9, SECOND, HAS_ROOM]), 60_000),
      step(0, call(ONE, { op: 'reset' }, 1, [1, 1, 0, HAS_ROOM]), 1000),
      step(0, call(TEN, { op: 'block', amount: 1 }, 1, [1, 0, SECOND, 1]), 1000),
      step(0, call(TEN, { op: 'reset' }, 1, [1, 10, 0, HAS_ROOM]), ABSENT),
      step(0, call(TEN, { op: 'block', amount: 1 }, 1, [1, 0, 1, 1]), 1),
    ],
  },
  {
    name: 'a request after its not-after time changes nothing, and returns the server time',
    steps: [
      { at: SECOND, notAfter: SECOND - 1, calls: [call(TEN, {}, 1)], status: 'late', ttlMs: ABSENT },
      { at: SECOND, notAfter: SECOND, calls: [call(TEN, {}, 1, [1, 9, SECOND, HAS_ROOM])], ttlMs: 1000 },
    ],
  },
];
