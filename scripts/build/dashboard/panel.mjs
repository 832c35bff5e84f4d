/**
 * @typedef {object} Target
 * @property {string} query PromQL, with the variables of the dashboard.
 * @property {string} [legend] The name of each line, with `{{labels}}`. Without it Grafana names the lines.
 *
 * @typedef {object} Panel
 * @property {string} title
 * @property {string} description What the panel shows, for a reader who does not know the library.
 * @property {string} unit A unit of Grafana: `s`, `bytes`, `percentunit`, `reqps`, `ops`, `short`.
 * @property {readonly Target[]} targets
 * @property {'timeseries' | 'stat' | 'table'} [type] `timeseries` by default.
 * @property {boolean} [stacked] Whether the lines are parts of a whole.
 * @property {number} [width] In columns, of which a row has 24. 8 by default.
 * @property {number} [height] 8 by default; 4 for a stat.
 *
 * @typedef {object} Row
 * @property {string} title
 * @property {readonly Panel[]} panels
 */

const COLUMNS = 24;
const DATASOURCE = { type: 'prometheus', uid: '${datasource}' };

/** The panels of Grafana for rows, from top to bottom. */
export function layOut(rows) {
  const panels = [];
  let y = 0;
  const add = (panel) => panels.push({ id: panels.length + 1, ...panel });
  for (const row of rows) {
    add({ type: 'row', title: row.title, collapsed: false, panels: [], gridPos: { x: 0, y: y++, w: COLUMNS, h: 1 } });
    let x = 0;
    let bottom = y;
    for (const panel of row.panels) {
      const { w, h } = sizeOf(panel);
      if (x + w > COLUMNS) [x, y] = [0, bottom];
      add(grafanaPanel(panel, { x, y, w, h }));
      x += w;
      bottom = Math.max(bottom, y + h);
    }
    y = bottom;
  }
  return panels;
}

function sizeOf({ type, width = 8, height = type === 'stat' ? 4 : 8 }) {
  return { w: width, h: height };
}

function grafanaPanel({ type = 'timeseries', title, description, unit, targets, stacked = false }, gridPos) {
  return {
    type,
    title,
    description,
    datasource: DATASOURCE,
    gridPos,
    fieldConfig: { defaults: { unit, min: 0, custom: type === 'timeseries' ? lines(stacked) : {} }, overrides: [] },
    options: OPTIONS[type],
    targets: targets.map((target, i) => grafanaTarget(target, String.fromCodePoint(65 + i), type)),
    ...(type === 'table' ? WITHOUT_TIME : {}),
  };
}

function grafanaTarget({ query, legend = '__auto' }, refId, type) {
  const instant = type !== 'timeseries';
  const format = type === 'table' ? 'table' : 'time_series';
  return { refId, datasource: DATASOURCE, expr: query, legendFormat: legend, instant, range: !instant, format };
}

function lines(stacked) {
  return {
    drawStyle: 'line',
    lineWidth: 1,
    fillOpacity: stacked ? 30 : 5,
    showPoints: 'never',
    stacking: { mode: stacked ? 'normal' : 'none', group: 'A' },
  };
}

const OPTIONS = {
  timeseries: {
    legend: { displayMode: 'list', placement: 'bottom', showLegend: true, calcs: [] },
    tooltip: { mode: 'multi', sort: 'desc' },
  },
  stat: {
    reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
    graphMode: 'none',
    colorMode: 'value',
    justifyMode: 'auto',
    textMode: 'auto',
    orientation: 'auto',
  },
  table: { showHeader: true, cellHeight: 'sm', footer: { show: false, reducer: ['sum'], fields: '' } },
};

const WITHOUT_TIME = {
  transformations: [
    {
      id: 'organize',
      options: { excludeByName: { Time: true }, renameByName: { Value: 'processes' }, indexByName: {} },
    },
  ],
};
