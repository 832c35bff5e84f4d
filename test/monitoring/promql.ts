import { SERIES } from './series.js';

/** What Prometheus adds to every series, and `le` of histograms. */
const ADDED_LABELS = ['job', 'instance', 'le'];
const SELECTOR = /\b(redis_\w+)(?:\{([^}]*)\})?/g;
const MATCHER = /(\w+)\s*(?:=~|!~|!=|=)\s*"[^"]*"/g;
const GROUPING = /\b(?:by|on|ignoring|group_left)\s*\(([^)]*)\)/g;
/** The label that `label_replace` makes: the second argument, before the value and the label that it is made of. */
const MADE_LABEL = /"(\w+)",\s*"[^"]*",\s*"\w+",\s*"[^"]*"\s*\)/g;

/** The series that a query reads, without the endings of histograms. */
export function seriesOf(query: string): string[] {
  return [...query.matchAll(SELECTOR)].map(([, name = '']) => name.replace(/_(?:bucket|sum|count)$/, ''));
}

/** The series and labels of a query that the package does not have. `promtool` checks the syntax. */
export function unknownIn(query: string): string[] {
  const names = seriesOf(query);
  const made = [...query.matchAll(MADE_LABEL)].map(([, label = '']) => label);
  const known = new Set([...names.flatMap(labelsOf), ...made]);
  const grouped = [...query.matchAll(GROUPING)].flatMap(([, list = '']) =>
    list.split(',').map((label) => label.trim()),
  );
  const matched = [...query.matchAll(SELECTOR)].flatMap(([, , matchers = ''], i) =>
    [...matchers.matchAll(MATCHER)]
      .map(([, label = '']) => label)
      .filter((label) => !labelsOf(names[i] ?? '').includes(label)),
  );
  return [
    ...names.filter((name) => !(name in SERIES)),
    ...matched,
    ...grouped.filter((label) => label !== '' && !known.has(label)),
  ];
}

/** The labels in Prometheus, which renames a label `job` of a series. */
function labelsOf(name: string): string[] {
  const own = SERIES[name] ?? [];
  return [...own.map((label) => (label === 'job' ? 'exported_job' : label)), ...ADDED_LABELS];
}
