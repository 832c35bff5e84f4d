import { ABSENT, UNTOUCHED } from './decider.js';
import { DAY, HOUR, MINUTE, START_US, call, step, type Vector } from './vector.js';

const DAY_THERE = { name: 'day', limit: 1, window: 'day', algorithm: 'fixed-window' } as const;
const ZURICH = { ...DAY_THERE, timeZone: 'Europe/Zurich' } as const;
const SAO_PAULO = { ...DAY_THERE, timeZone: 'America/Sao_Paulo' } as const;
const SIX_HOURS = { ...ZURICH, window: '6h' } as const;
const WEEK = { ...DAY_THERE, window: 'week' } as const;
const MONTH = { ...DAY_THERE, window: 'month' } as const;
const YEAR = { ...DAY_THERE, window: 'year' } as const;

/** Microseconds from START_US to `moment`. */
function utc(moment: string): number {
  return Date.parse(`${moment}Z`) * 1000 - START_US;
}

/** A full window stays full until its end; the next one has room. */
function boundary(name: string, policy: Parameters<typeof call>[0], [at, end, next]: readonly number[]): Vector {
  const [from, to, last] = [at as number, end as number, next as number];
  return {
    name,
    steps: [
      step(from, call(policy, {}, 1, [1, 0, to - from, to - from])),
      step(to - 1, call(policy, {}, 0, [0, 0, 1, 1]), UNTOUCHED),
      step(to, call(policy, {}, 1, [1, 0, last - to, last - to]), (last - to) / 1000),
    ],
  };
}

export const CALENDAR_VECTORS: readonly Vector[] = [
  boundary('a day in Zurich that has 23 hours', ZURICH, [
    utc('2025-03-29T23:00:00'),
    utc('2025-03-30T22:00:00'),
    utc('2025-03-31T22:00:00'),
  ]),
  boundary('a day in Zurich that has 25 hours', ZURICH, [
    utc('2025-10-25T22:00:00'),
    utc('2025-10-26T23:00:00'),
    utc('2025-10-27T23:00:00'),
  ]),
  boundary('a day in São Paulo that begins at one in the morning', SAO_PAULO, [
    utc('2018-11-03T12:00:00'),
    utc('2018-11-04T03:00:00'),
    utc('2018-11-05T02:00:00'),
  ]),
  boundary('a day in São Paulo that has the hour before midnight twice', SAO_PAULO, [
    utc('2018-02-17T02:00:00'),
    utc('2018-02-18T03:00:00'),
    utc('2018-02-19T03:00:00'),
  ]),
  boundary('the last six hours of a day of 25 end with it, and are one', SIX_HOURS, [
    utc('2025-10-26T22:30:00'),
    utc('2025-10-26T23:00:00'),
    utc('2025-10-27T05:00:00'),
  ]),
  boundary('a week begins on Monday', WEEK, [
    utc('2025-01-01T00:00:00'),
    utc('2025-01-06T00:00:00'),
    utc('2025-01-13T00:00:00'),
  ]),
  boundary('February has 29 days in a leap year', MONTH, [
    utc('2024-02-01T00:00:00'),
    utc('2024-03-01T00:00:00'),
    utc('2024-04-01T00:00:00'),
  ]),
  boundary('a year that is not a leap year', YEAR, [
    utc('2024-12-31T23:59:59'),
    utc('2025-01-01T00:00:00'),
    utc('2026-01-01T00:00:00'),
  ]),
  {
    name: 'a server that is one window ahead decides, and one that is further ahead returns the status calendar',
    steps: [
      { at: DAY, sentAt: DAY - 1, calls: [call(MONTH, {}, 1, [1, 0, 30 * DAY, 30 * DAY])] },
      { at: 31 * DAY, sentAt: DAY, calls: [call(MONTH, {}, 1, [1, 0, 28 * DAY, 28 * DAY])], ttlMs: 28 * 86_400_000 },
      { at: 59 * DAY, sentAt: DAY, calls: [call(MONTH, {}, 1)], status: 'calendar', ttlMs: ABSENT },
      { at: 59 * DAY - 1, sentAt: 59 * DAY, calls: [call(MONTH, {}, 1)], status: 'calendar', ttlMs: ABSENT },
      { at: 59 * DAY, calls: [call(MONTH, {}, 1, [1, 0, 31 * DAY, 31 * DAY])] },
    ],
  },
  {
    name: 'one calendar window that is over leaves the whole request undecided',
    steps: [
      {
        at: 60 * DAY,
        sentAt: 0,
        calls: [call({ name: 'gcra', limit: 1, window: '1m' }, {}, 1), call(MONTH, {}, 1)],
        status: 'calendar',
        ttlMs: ABSENT,
      },
    ],
  },
  {
    name: 'a changed time zone keeps the count in the window in which it was written',
    steps: [
      step(22 * HOUR, call(DAY_THERE, {}, 1, [1, 0, 2 * HOUR, 2 * HOUR])),
      step(22 * HOUR + MINUTE, call(ZURICH, {}, 0, [0, 0, HOUR - MINUTE, HOUR - MINUTE])),
      step(23 * HOUR, call(ZURICH, {}, 1, [1, 0, 24 * HOUR, 24 * HOUR])),
      step(24 * HOUR, call(ZURICH, { amount: 0 }, 0, [0, 0, 23 * HOUR, 23 * HOUR])),
    ],
  },
];
