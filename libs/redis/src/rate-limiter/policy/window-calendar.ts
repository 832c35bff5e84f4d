import { TZDate } from '@date-fns/tz';
import { checkString, optionInvalid } from '../../common/options.js';
import type { CalendarWindow } from './rate-limit-policy.js';

export const CALENDAR_WINDOWS = ['day', 'week', 'month', 'year'] as const satisfies readonly CalendarWindow[];

export const DAY_MS = 86_400_000;
const NOMINAL_MS: Readonly<Record<CalendarWindow, number>> = {
  day: DAY_MS,
  week: 7 * DAY_MS,
  month: 30 * DAY_MS,
  year: 365 * DAY_MS,
};
/** 1 January 1970 was a Thursday; weeks begin on Monday. */
const MONDAY_OFFSET_DAYS = 3;

/** A window and the end of the next one, which starts where this one ends. Milliseconds since 1970. */
export interface CalendarSpan {
  readonly startMs: number;
  readonly endMs: number;
  readonly nextEndMs: number;
}

export function isCalendarWindow(window: unknown): window is CalendarWindow {
  return CALENDAR_WINDOWS.some((name) => name === window);
}

/**
 * Fixed windows in the local time of a time zone. Windows of whole days begin at midnight, and a day may have 23 or 25
 * hours. Shorter windows are counted from midnight, and the last one of a day ends at midnight.
 */
export class WindowCalendar {
  readonly windowMs: number;
  private last: CalendarSpan | undefined;

  private constructor(
    private readonly window: CalendarWindow | number,
    private readonly timeZone: string,
  ) {
    this.windowMs = typeof window === 'number' ? window : NOMINAL_MS[window];
  }

  /** @throws RedisInfraError OPTION_INVALID when the time zone is unknown */
  static create(window: CalendarWindow | number, timeZone: string, path: string): WindowCalendar {
    try {
      new Intl.DateTimeFormat('en', { timeZone: checkString(timeZone, path) }).format();
    } catch {
      throw optionInvalid(path, "must be an IANA time zone, such as 'Europe/Zurich' or 'UTC'");
    }
    return new WindowCalendar(window, timeZone);
  }

  /** The window that contains `momentMs`. */
  at(momentMs: number): CalendarSpan {
    if (this.last !== undefined && this.last.startMs <= momentMs && momentMs < this.last.endMs) return this.last;
    const startMs = this.startOf(momentMs);
    const endMs = this.endAfter(startMs);
    this.last = { startMs, endMs, nextEndMs: this.endAfter(endMs) };
    return this.last;
  }

  private startOf(momentMs: number): number {
    const midnight = this.midnightOf(momentMs);
    const { window } = this;
    if (window === 'month') return this.midnight(midnight.getFullYear(), midnight.getMonth(), 1);
    if (window === 'year') return this.midnight(midnight.getFullYear(), 0, 1);
    if (typeof window === 'number' && window < DAY_MS) {
      return midnight.getTime() + Math.floor((momentMs - midnight.getTime()) / window) * window;
    }
    const days = this.daysOf(window);
    const offset = window === 'week' ? MONDAY_OFFSET_DAYS : 0;
    return this.plusDays(midnight, -((dayNumberOf(midnight) + offset) % days));
  }

  private endAfter(startMs: number): number {
    const midnight = this.midnightOf(startMs);
    const { window } = this;
    if (window === 'month') return this.midnight(midnight.getFullYear(), midnight.getMonth() + 1, 1);
    if (window === 'year') return this.midnight(midnight.getFullYear() + 1, 0, 1);
    if (typeof window === 'number' && window < DAY_MS) return Math.min(startMs + window, this.plusDays(midnight, 1));
    return this.plusDays(midnight, this.daysOf(window));
  }

  private daysOf(window: CalendarWindow | number): number {
    return (typeof window === 'number' ? window : NOMINAL_MS[window]) / DAY_MS;
  }

  private midnightOf(momentMs: number): TZDate {
    const moment = new TZDate(momentMs, this.timeZone);
    return new TZDate(this.midnight(moment.getFullYear(), moment.getMonth(), moment.getDate()), this.timeZone);
  }

  private plusDays(midnight: TZDate, days: number): number {
    return this.midnight(midnight.getFullYear(), midnight.getMonth(), midnight.getDate() + days);
  }

  private midnight(year: number, month: number, date: number): number {
    return new TZDate(year, month, date, 0, 0, 0, 0, this.timeZone).getTime();
  }
}

/** Days since 1 January 1970 in local time. */
function dayNumberOf(midnight: TZDate): number {
  return Math.floor(Date.UTC(midnight.getFullYear(), midnight.getMonth(), midnight.getDate()) / DAY_MS);
}
