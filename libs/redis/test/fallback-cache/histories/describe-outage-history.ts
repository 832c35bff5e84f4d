import type { OutageEvent } from './outage-plan.js';
import type { BrokenOutageHistory } from './run-outage-histories.js';

/** The violations of a history, its options and its events, as lines of text. */
export function describeOutageHistory({ plan, violations }: BrokenOutageHistory): string {
  const { processes, durability, maxStaleMs, journalLimit, events, seed, index, order } = plan;
  return [
    ...violations.map(({ guarantee, message }) => `${guarantee}: ${message}`),
    '',
    `${processes} processes, durability ${durability}, maxStale ${maxStaleMs} ms, journalLimit ${journalLimit}`,
    ...events.map(describeEvent),
    '',
    `history ${seed}:${index}${order === 0 ? '' : `, order ${order}`}`,
  ].join('\n');
}

function describeEvent({ atMs, process, kind, ...details }: OutageEvent): string {
  return `${String(atMs).padStart(6)} ms  process ${process}  ${kind} ${JSON.stringify(details)}`;
}
