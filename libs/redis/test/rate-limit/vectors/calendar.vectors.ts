import { ABSENT, UNTOUCHED } from './decider.js';
import { DAY, HOUR, MINUTE, START_US, call, step, type Vector } from './vector.js';

const DAY_THERE = { name: 'day', limit: 1, window: 'day', algorithm: 'fixed-window' } as const;
const ZURICH = { ...DAY_THERE, timeZone: 'Europe/Zurich' } as const;
const SAO_PAULO = { ...DAY_THERE, timeZone: 'America/Sao_Paulo' } as const;
const SIX_HOURS = { ...ZURICH, window: '6h' } as const;
const WEEK = { ...DAY_THERE, window: 'week' } as const;
const MONTH = { ...DAY_THERE, window: 'month' } as const;
const YEAR = { ...DAY_THERE, window: 'year' } as const;

/** Microseconds from START_US to that moment. */
function utc(moment: string): number {
  return Date.parse(`${moment}Z`) * 1000 - START_US;
}

/** A window is full, so it is until its end; with the next one there is room, for as long as that is. */
function border(name: string, policy: Parameters<typeof call>[0], [at, end, next]: readonly number[]): Vector {
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
  border('a day in Zurich that has 23 hours', ZURICH, [
    utc('2025-03-29T23:00:00'),
    utc('2025-03-30T22:00:00'),
    utc('2025-03-31T22:00:00'),
  ]),
  border('a day in Zurich that has 25 hours', ZURICH, [
    utc('2025-10-25T22:00:00'),
    utc('2025-10-26T23:00:00'),
    utc('2025-10-27T23:00:00'),
  ]),
  border('a day in São Paulo that begins at one in the morning', SAO_PAULO, [
    utc('2018-11-03T12:00:00'),
    utc('2018-11-04T03:00:00'),
    utc('2018-11-05T02:00:00'),
  ]),
  border('a day in São Paulo that has the hour before midnight twice', SAO_PAULO, [
    utc('2018-02-17T02:00:00'),
    utc('2018-02-18T03:00:00'),
    utc('2018-02-19T03:00:00'),
  ]),
  border('the last six hours of a day of 25 end with it, and are one', SIX_HOURS, [
    utc('2025-10-26T22:30:00'),
    utc('2025-10-26T23:00:00'),
    utc('2025-10-27T05:00:00'),
  ]),
  border('a week begins on Monday', WEEK, [
    utc('2025-01-01T00:00:00'),
    utc('2025-01-06T00:00:00'),
    utc('2025-01-13T00:00:00'),
  ]),
  border('February has 29 days in a leap year', MONTH, [
    utc('2024-02-01T00:00:00'),
    utc('2024-03-01T00:00:00'),
    utc('2024-04-01T00:00:00'),
  ]),
  border('a year that is not a leap year', YEAR, [
    utc('2024-12-31T23:59:59'),
    utc('2025-01-01T00:00:00'),
    utc('2026-01-01T00:00:00'),
  ]),
  {
    name: 'the server may be in the window after the one that the client thinks of, and says so where it is further',
    steps: [
      { at: DAY, told: DAY - 1, calls: [call(MONTH, {}, 1, [1, 0, 30 * DAY, 30 * DAY])] },
      { at: 31 * DAY, told: DAY, calls: [call(MONTH, {}, 1, [1, 0, 28 * DAY, 28 * DAY])], ttlMs: 28 * 86_400_000 },
      { at: 59 * DAY, told: DAY, calls: [call(MONTH, {}, 1)], status: 'calendar', ttlMs: ABSENT },
      { at: 59 * DAY - 1, told: 59 * DAY, calls: [call(MONTH, {}, 1)], status: 'calendar', ttlMs: ABSENT },
      { at: 59 * DAY, calls: [call(MONTH, {}, 1, [1, 0, 31 * DAY, 31 * DAY])] },
    ],
  },
  {
    name: 'one window that is over is not decided for the others of the request',
    steps: [
      {
        at: 60 * DAY,
        told: 0,
        calls: [call({ name: 'gcra', limit: 1, window: '1m' }, {}, 1), call(MONTH, {}, 1)],
        status: 'calendar',
        ttlMs: ABSENT,
      },
    ],
  },
  {
    name: 'a time zone was given anew: what was counted stays counted in the window it was counted in',
    steps: [
      step(22 * HOUR, call(DAY_THERE, {}, 1, [1, 0, 2 * HOUR, 2 * HOUR])),
      step(22 * HOUR + MINUTE, call(ZURICH, {}, 0, [0, 0, HOUR - MINUTE, HOUR - MINUTE])),
      step(23 * HOUR, call(ZURICH, {}, 1, [1, 0, 24 * HOUR, 24 * HOUR])),
      step(24 * HOUR, call(ZURICH, { amount: 0 }, 0, [0, 0, 23 * HOUR, 23 * HOUR])),
    ],
  },
];
