import { describe, expect, test } from 'vitest';
import { WindowCalendar } from './window-calendar.js';
import type { CalendarWindow } from './rate-limit-policy.js';

const HOUR_MS = 3_600_000;

/** Its window at that moment: the beginning, the end, and the end of the next. */
function windowAt(window: CalendarWindow | number, timeZone: string, moment: string): string[] {
  const { startMs, endMs, nextEndMs } = WindowCalendar.create(window, timeZone, '').at(Date.parse(`${moment}Z`));
  return [startMs, endMs, nextEndMs].map((ms) => new Date(ms).toISOString().slice(0, 16));
}

describe('calendar windows', () => {
  test.each<[string, CalendarWindow | number, string, string, string[]]>([
    ['a day in UTC', 'day', 'UTC', '2025-06-15T12:34', ['2025-06-15T00:00', '2025-06-16T00:00', '2025-06-17T00:00']],
    [
      'a day of 23 hours',
      'day',
      'Europe/Zurich',
      '2025-03-30T12:00',
      ['2025-03-29T23:00', '2025-03-30T22:00', '2025-03-31T22:00'],
    ],
    [
      'a day of 25 hours',
      'day',
      'Europe/Zurich',
      '2025-10-26T00:30',
      ['2025-10-25T22:00', '2025-10-26T23:00', '2025-10-27T23:00'],
    ],
    [
      'a day without a midnight',
      'day',
      'America/Sao_Paulo',
      '2018-11-04T12:00',
      ['2018-11-04T03:00', '2018-11-05T02:00', '2018-11-06T02:00'],
    ],
    [
      'a day before one without a midnight',
      'day',
      'America/Sao_Paulo',
      '2018-11-04T02:59',
      ['2018-11-03T03:00', '2018-11-04T03:00', '2018-11-05T02:00'],
    ],
    [
      'a day with two times its last hour',
      'day',
      'America/Sao_Paulo',
      '2018-02-18T02:30',
      ['2018-02-17T02:00', '2018-02-18T03:00', '2018-02-19T03:00'],
    ],
    [
      'a day with two midnights',
      'day',
      'America/Havana',
      '2024-11-03T12:00',
      ['2024-11-03T04:00', '2024-11-04T05:00', '2024-11-05T05:00'],
    ],
    [
      'a day without a midnight in Beirut',
      'day',
      'Asia/Beirut',
      '2024-03-31T12:00',
      ['2024-03-30T22:00', '2024-03-31T21:00', '2024-04-01T21:00'],
    ],
    [
      'a day half an hour off',
      'day',
      'Asia/Kolkata',
      '2025-06-15T12:00',
      ['2025-06-14T18:30', '2025-06-15T18:30', '2025-06-16T18:30'],
    ],
    [
      'a week on a Sunday',
      'week',
      'UTC',
      '2025-01-05T23:59',
      ['2024-12-30T00:00', '2025-01-06T00:00', '2025-01-13T00:00'],
    ],
    [
      'a week on a Monday',
      'week',
      'UTC',
      '2025-01-06T00:00',
      ['2025-01-06T00:00', '2025-01-13T00:00', '2025-01-20T00:00'],
    ],
    [
      'a week that the clock changes in',
      'week',
      'Europe/Zurich',
      '2025-03-30T12:00',
      ['2025-03-23T23:00', '2025-03-30T22:00', '2025-04-06T22:00'],
    ],
    ['February', 'month', 'UTC', '2024-02-29T12:00', ['2024-02-01T00:00', '2024-03-01T00:00', '2024-04-01T00:00']],
    [
      'December',
      'month',
      'Europe/Zurich',
      '2024-12-31T22:59',
      ['2024-11-30T23:00', '2024-12-31T23:00', '2025-01-31T23:00'],
    ],
    [
      'a year',
      'year',
      'Europe/Zurich',
      '2024-12-31T23:00',
      ['2024-12-31T23:00', '2025-12-31T23:00', '2026-12-31T23:00'],
    ],
    [
      'six hours of a day of 25',
      6 * HOUR_MS,
      'Europe/Zurich',
      '2025-10-26T22:30',
      ['2025-10-26T22:00', '2025-10-26T23:00', '2025-10-27T05:00'],
    ],
    [
      'seven hours, the last of the day',
      7 * HOUR_MS,
      'UTC',
      '2025-06-15T22:00',
      ['2025-06-15T21:00', '2025-06-16T00:00', '2025-06-16T07:00'],
    ],
    ['two days', 48 * HOUR_MS, 'UTC', '1970-01-04T12:00', ['1970-01-03T00:00', '1970-01-05T00:00', '1970-01-07T00:00']],
  ])('have the right bounds: %s', (_, window, timeZone, moment, expected) => {
    expect(windowAt(window, timeZone, moment)).toEqual(expected);
  });

  test.each(['Europe/Zurich', 'America/Sao_Paulo', 'America/Havana', 'Asia/Beirut', 'Australia/Lord_Howe'])(
    'in %s follow each other without a gap, and each moment is in its window',
    (timeZone) => {
      for (const window of ['day', 'week', 'month', 5 * HOUR_MS, 48 * HOUR_MS] as const) {
        const calendar = WindowCalendar.create(window, timeZone, '');
        const endMs = Date.UTC(2012, 0, 1);
        for (let atMs = Date.UTC(2011, 0, 1); atMs < endMs;) {
          const span = { ...calendar.at(atMs) };
          const where = `${window} at ${new Date(atMs).toISOString()}`;
          expect([where, span.startMs <= atMs, atMs < span.endMs, span.endMs < span.nextEndMs]).toEqual([
            where,
            true,
            true,
            true,
          ]);
          const middleMs = Math.floor((atMs + span.endMs) / 2);
          expect([where, calendar.at(middleMs), calendar.at(span.endMs - 1)]).toEqual([where, span, span]);
          expect([where, calendar.at(span.endMs).startMs, calendar.at(span.endMs).endMs]).toEqual([
            where,
            span.endMs,
            span.nextEndMs,
          ]);
          atMs = span.endMs;
        }
      }
    },
  );
});
