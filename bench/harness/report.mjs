const COLUMNS = ['name', 'value', 'unit', 'peer', 'bar', 'ok'];

/** @example atMost(1.08) */
export const atMost = (limit) => ({ text: `<= ${limit}`, met: (value) => value <= limit });
/** @example atLeast(1.7) */
export const atLeast = (limit) => ({ text: `>= ${limit}`, met: (value) => value >= limit });

/** @example below(100) */
export const below = (limit) => ({ text: `< ${limit}`, met: (value) => value < limit });
/** @example exactly(52) */
export const exactly = (wanted) => ({ text: `= ${wanted}`, met: (value) => value === wanted });

/** `peer` is the other side of a ratio; without it the value is our figure. A row without a bar has no `ok`. */
export function row({ name, value, unit, peer, bar }) {
  return {
    name,
    value: Number(value.toPrecision(4)),
    unit,
    ...(peer === undefined ? {} : { peer }),
    ...(bar === undefined ? {} : { bar: bar.text, ok: bar.met(value) }),
  };
}

function table(lines) {
  const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column]))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function barTable(rows) {
  const cells = rows.map((each) => COLUMNS.map((column) => text(column, each[column])));
  return table([COLUMNS, ...cells]);
}

function text(column, value) {
  if (value === undefined) return '';
  if (column === 'ok') return value ? 'ok' : 'RED';
  return typeof value === 'number' ? value.toLocaleString('en') : value;
}

/** Puts rows of one name into one line, with a column per peer: the rows of the JSON in a form that fits a screen. */
function comparisonLines(rows) {
  const lines = new Map();
  for (const each of rows) {
    const line = lines.get(each.name) ?? new Map();
    line.set(each.peer, `${text('value', each.value)} ${each.unit}`);
    lines.set(each.name, line);
  }
  return [...lines].map(([name, cells]) => ({
    name,
    cells,
    peers: [...cells.keys()].filter((peer) => peer !== undefined),
  }));
}

const contains = (many, few) => few.every((each) => many.includes(each));

/** Groups lines with the same peers, or a subset, into a table: one table with all peers would be mostly empty. */
function comparisonTables(rows) {
  const tables = [];
  for (const line of comparisonLines(rows)) {
    const last = tables.at(-1);
    if (last !== undefined && (contains(last.peers, line.peers) || contains(line.peers, last.peers))) {
      last.lines.push(line);
      if (line.peers.length > last.peers.length) last.peers = line.peers;
    } else tables.push({ peers: line.peers, lines: [line] });
  }
  return tables.map(({ peers, lines }) => {
    const cells = lines.map((line) => [line.name, ...[undefined, ...peers].map((peer) => line.cells.get(peer) ?? '')]);
    return table([['name', 'value', ...peers.map((peer) => `x ${peer}`)], ...cells]);
  });
}

/** The text report: rows without a bar first, rows with a bar last, where they are seen. */
export function printRows(rows) {
  const barred = rows.filter((each) => each.bar !== undefined);
  const rest = rows.filter((each) => each.bar === undefined);
  return [...comparisonTables(rest), ...(barred.length > 0 ? [barTable(barred)] : [])].join('\n\n');
}
