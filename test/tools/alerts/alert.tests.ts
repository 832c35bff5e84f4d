import { ALERTS_FILE } from '../../monitoring/alerts.file.js';
import type { AlertScenario, Samples } from './alert.scenario.js';

/** A file for `promtool test rules`. */
export function ruleTests(tests: readonly object[]): string {
  return JSON.stringify({ rule_files: [ALERTS_FILE], evaluation_interval: '1m', tests });
}

/** The alert is pending, fires with its texts, and ends. */
export function scenarioTest({ series, ...scenario }: AlertScenario): object {
  const { alert, severity, labels, summary, description } = scenario;
  const fired = {
    exp_labels: { ...labels, severity },
    exp_annotations: { summary, description, runbook_url: `/guides/runbook#${alert.toLowerCase()}` },
  };
  const states = (eval_time: string, exp_samples: readonly object[]): object => ({
    expr: `ALERTS{alertname="${alert}"}`,
    eval_time,
    exp_samples,
  });
  const pending = { __name__: 'ALERTS', alertname: alert, alertstate: 'pending', severity, ...labels };
  return {
    interval: '1m',
    input_series: inputOf(series),
    alert_rule_test: [
      { eval_time: scenario.firesAt, alertname: alert, exp_alerts: [fired] },
      { eval_time: scenario.resolvedAt, alertname: alert, exp_alerts: [] },
    ],
    promql_expr_test: [
      states(scenario.pendingAt, [{ labels: selectorOf(pending), value: 1 }]),
      states(scenario.resolvedAt, []),
    ],
  };
}

/** No alert fires at any of these times. */
export function quietTest(series: Samples, times: readonly string[]): object {
  return {
    interval: '1m',
    input_series: inputOf(series),
    promql_expr_test: times.map((eval_time) => ({
      expr: 'ALERTS{alertstate="firing"}',
      eval_time,
      exp_samples: [],
    })),
  };
}

function inputOf(series: Samples): object[] {
  return Object.entries(series).map(([name, values]) => ({ series: name, values }));
}

function selectorOf({ __name__, ...labels }: Readonly<Record<string, string>>): string {
  const matchers = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return `${__name__}{${matchers.join(',')}}`;
}
