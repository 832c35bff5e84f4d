import { expect } from 'vitest';

/** A line of the text format: a value and its labels. */
export interface ExposedSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A metric of the text format. */
export interface ExposedMetric {
  readonly help: string;
  readonly type: string;
  readonly samples: readonly ExposedSample[];
}

const HELP = /^# HELP ([a-z_]+) (.+)$/;
const TYPE = /^# TYPE ([a-z_]+) (counter|gauge|histogram)$/;
const SAMPLE = /^([a-z_]+)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-zA-Z_]+)="((?:[^"\\]|\\.)*)"(?:,|$)/gy;

/**
 * Parses the text format of Prometheus. Fails on any line that is not of that format, and on two lines with equal labels.
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export function parseExposition(text: string): ReadonlyMap<string, ExposedMetric> {
  const metrics = new Map<string, { help: string; type: string; samples: ExposedSample[] }>();
  let current = '';
  const seen = new Set<string>();
  for (const line of text.split('\n').filter((each) => each !== '')) {
    const [, helped, help = ''] = HELP.exec(line) ?? [];
    const [, typed, type = ''] = TYPE.exec(line) ?? [];
    if (helped !== undefined) metrics.set((current = helped), { help, type: '', samples: [] });
    else if (typed !== undefined) Object.assign(metrics.get(typed) ?? {}, { type });
    else {
      const sample = parseSample(line);
      expect(sample.name.startsWith(current), line).toBe(true);
      const id = line.slice(0, line.lastIndexOf(' '));
      expect(seen.has(id), id).toBe(false);
      seen.add(id);
      metrics.get(current)?.samples.push(sample);
    }
  }
  return metrics;
}

/** The value of the one sample that has these labels; undefined if there is none. */
export function valueOf(text: string, name: string, labels: Readonly<Record<string, string>> = {}): number | undefined {
  const all = [...parseExposition(text).values()].flatMap(({ samples }) => samples);
  const found = all.filter(
    (sample) =>
      sample.name === name && Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
  );
  expect(found.length, `${name} ${JSON.stringify(labels)}`).toBeLessThan(2);
  return found[0]?.value;
}

function parseSample(line: string): ExposedSample {
  const [, name, text = '', value] = SAMPLE.exec(line) ?? [];
  if (name === undefined) expect.fail(`not a line of the text format: ${line}`);
  const matches = [...text.matchAll(LABEL)];
  expect(matches.map(([whole]) => whole).join(''), line).toBe(text);
  const labels = Object.fromEntries(matches.map(([, label = '', labelled = '']) => [label, labelled]));
  return { name, labels, value: value === '+Inf' ? Infinity : Number(value) };
}
