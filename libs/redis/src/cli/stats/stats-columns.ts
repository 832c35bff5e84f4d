import { formatBytes, formatCount, formatShare } from '../terminal/figures.js';
import type { StatsTick } from './stats-tick.js';

interface Column {
  readonly title: string;
  readonly width: number;
  readonly text: (tick: StatsTick) => string;
}

const NOTHING = '-';

/** The most important ones first: a narrow terminal shows as many as fit. */
const COLUMNS: readonly Column[] = [
  { title: 'ops/s', width: 9, text: ({ opsPerSecond }) => formatCount(opsPerSecond) },
  { title: 'hits', width: 9, text: ({ hitRatio }) => (hitRatio === null ? NOTHING : formatShare(hitRatio)) },
  { title: 'memory', width: 10, text: ({ memory }) => formatBytes(memory) },
  { title: 'keys', width: 12, text: ({ keys }) => (keys === null ? NOTHING : formatCount(keys)) },
  { title: 'clients', width: 9, text: ({ clients }) => formatCount(clients) },
  {
    title: 'of max',
    width: 9,
    text: ({ memory, maxMemory }) => (maxMemory === 0 ? NOTHING : formatShare(memory / maxMemory)),
  },
  { title: 'evicted/s', width: 11, text: ({ evictedPerSecond }) => formatCount(evictedPerSecond) },
  { title: 'expired/s', width: 11, text: ({ expiredPerSecond }) => formatCount(expiredPerSecond) },
];

/** The columns that fit into a width. */
export function columnsWithin(width: number): readonly Column[] {
  let used = 0;
  return COLUMNS.filter((column) => {
    used += column.width;
    return used <= width;
  });
}

/** The line with the names of the columns. */
export function headerOf(columns: readonly Column[]): string {
  return columns.map(({ title, width }) => title.padStart(width)).join('');
}

/** The line of one interval. */
export function lineOf(columns: readonly Column[], tick: StatsTick): string {
  return columns.map(({ text, width }) => text(tick).padStart(width)).join('');
}
