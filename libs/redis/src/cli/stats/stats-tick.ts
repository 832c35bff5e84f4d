import { rounded } from '../terminal/figures.js';
import type { ServerTotals } from './server-totals.js';

/** The figures of one interval. */
export interface StatsTick {
  /** Milliseconds since 1970. */
  readonly time: number;
  /** Commands per second, those of `stats` itself included. */
  readonly opsPerSecond: number;
  /** The share of reads that found a value, 0 to 1; null if there was none. Without an interval, since the server started. */
  readonly hitRatio: number | null;
  /** Bytes used. */
  readonly memory: number;
  /** Bytes allowed; 0 if there is no limit. */
  readonly maxMemory: number;
  readonly clients: number;
  /** The keys below the prefix, estimated; null if the server does not allow SCAN. */
  readonly keys: number | null;
  readonly evictedPerSecond: number;
  readonly expiredPerSecond: number;
}

/** The totals at a time. */
export interface StatsReading {
  readonly totals: ServerTotals;
  readonly keys: number | undefined;
  readonly wallMs: number;
  readonly monotonicMs: number;
}

/** The figures between two readings. Without an earlier one, what the server itself reports. */
export function tickOf(
  { totals, keys, wallMs, monotonicMs }: StatsReading,
  earlier: StatsReading | undefined,
): StatsTick {
  const seconds = earlier === undefined ? 0 : (monotonicMs - earlier.monotonicMs) / 1000;
  // A server that was restarted counts from zero again.
  const growth = (name: 'commands' | 'hits' | 'misses' | 'evicted' | 'expired'): number =>
    Math.max(0, totals[name] - (earlier?.totals[name] ?? 0));
  const perSecond = (name: 'commands' | 'evicted' | 'expired'): number =>
    seconds > 0 ? rounded(growth(name) / seconds, 1) : 0;
  const reads = growth('hits') + growth('misses');
  return {
    time: wallMs,
    opsPerSecond: seconds > 0 ? perSecond('commands') : totals.opsPerSecond,
    hitRatio: reads === 0 ? null : rounded(growth('hits') / reads, 4),
    memory: totals.memory,
    maxMemory: totals.maxMemory,
    clients: totals.clients,
    keys: keys ?? null,
    evictedPerSecond: perSecond('evicted'),
    expiredPerSecond: perSecond('expired'),
  };
}
