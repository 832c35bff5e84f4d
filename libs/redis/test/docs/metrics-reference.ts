import { CACHE_SERIES } from '../../src/nest/metrics/series/cache.series.js';
import { CLEANUP_SERIES } from '../../src/nest/metrics/series/cleanup.series.js';
import { CLIENT_SERIES } from '../../src/nest/metrics/series/client.series.js';
import { FALLBACK_SERIES } from '../../src/nest/metrics/series/fallback.series.js';
import { BUILD_SERIES } from '../../src/nest/metrics/series/build.series.js';
import { RATE_LIMIT_SERIES } from '../../src/nest/metrics/series/rate-limit.series.js';
import type { Series } from '../../src/nest/metrics/series/series.js';
import { SHARD_SERIES } from '../../src/nest/metrics/series/shard.series.js';

/** The groups of metrics, by their heading in docs/reference/metrics.md. */
const GROUPS: Readonly<Record<string, readonly Series[]>> = {
  Caches: CACHE_SERIES,
  Connections: CLIENT_SERIES,
  Fallbacks: FALLBACK_SERIES,
  Shards: SHARD_SERIES,
  'Rate limits': RATE_LIMIT_SERIES,
  Cleanup: CLEANUP_SERIES,
  Build: BUILD_SERIES,
};

const BEGIN = '<!-- generated from the definitions of the metrics -->';
const END = '<!-- end of what is generated -->';

/** The page with the tables of the current definitions in the place of the old ones. */
export function withCurrentTables(page: string): string {
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin === -1 || end < begin) throw new Error(`the page does not contain ${BEGIN} and ${END}`);
  const sections = Object.entries(GROUPS).map(([title, series]) => `## ${title}\n\n${tableOf(series)}`);
  return `${page.slice(0, begin)}${BEGIN}\n\n${sections.join('\n\n')}\n\n${page.slice(end)}`;
}

/** A table as Prettier formats it. */
function tableOf(series: readonly Series[]): string {
  const rows = [['metric', 'type', 'labels', 'meaning'], ...series.map(rowOf)];
  const widths = [0, 1, 2, 3].map((at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  const line = (cells: readonly string[], fill = ' '): string =>
    `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0, fill)).join(' | ')} |`;
  const [titles = [], ...others] = rows;
  return [line(titles), line(['', '', '', ''], '-'), ...others.map((row) => line(row))].join('\n');
}

function rowOf(series: Series): string[] {
  const { name, type, labels, help } = series;
  const buckets = series.type === 'histogram' ? ` Buckets: ${rangeOf(series.buckets)}.` : '';
  return [`\`${name}\``, type, labels.map((label) => `\`${label}\``).join(', '), help + buckets];
}

function rangeOf(buckets: readonly number[]): string {
  return `${buckets.length} from ${buckets[0]} to ${buckets.at(-1)}`;
}
