import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PACKAGE } from '../built.package.js';

/** An alert rule of the package. */
export interface AlertRule {
  readonly name: string;
  readonly expression: string;
  readonly severity: string;
  readonly summary: string;
  readonly description: string;
  readonly runbook: string;
}

export const ALERTS_FILE = join(PACKAGE, 'monitoring', 'alerts.yml');

/** The alert rules, by the layout of the file. `promtool check rules` checks that it is valid. */
export function alertRules(): AlertRule[] {
  const [, ...rules] = readFileSync(ALERTS_FILE, 'utf8').split(/^ +- alert: /m);
  return rules.map((rule) => ({
    name: rule.split('\n', 1)[0] ?? '',
    expression: /^ +expr: (.+?)^ +for: /ms.exec(rule)?.[1]?.replace(/^\|/, '').trim() ?? '',
    severity: valueOf('severity', rule),
    summary: valueOf('summary', rule),
    description: valueOf('description', rule),
    runbook: valueOf('runbook_url', rule),
  }));
}

function valueOf(name: string, rule: string): string {
  return new RegExp(`^ +${name}: (.+)$`, 'm').exec(rule)?.[1] ?? '';
}
