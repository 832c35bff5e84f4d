import type { HistoryPlan, PlannedEvent } from './history-plan.js';
import type { BrokenHistory } from './run-histories.js';

/** The violations of a history, its set-up and its events, as lines of text. */
export function describeHistory({ plan, violations }: BrokenHistory): string {
  const lines = [
    ...violations.map(({ guarantee, message }) => `${guarantee}: ${message}`),
    '',
    `processes: ${plan.nearProcesses.map((isNear, i) => `${i}${isNear ? ' with near copies' : ''}`).join(', ')}`,
    `options: ${settings(plan)}`,
    ...plan.events.map(describeEvent),
    '',
    `history ${plan.seed}:${plan.index}`,
  ];
  return lines.join('\n');
}

function settings({ times, lossOnceIn }: HistoryPlan): string {
  const all = { ...times, lossOnceIn };
  return Object.entries(all)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}

function describeEvent({ atMs, process, kind, ...details }: PlannedEvent): string {
  return `${String(atMs).padStart(6)} ms  process ${process}  ${kind} ${JSON.stringify(details)}`;
}
