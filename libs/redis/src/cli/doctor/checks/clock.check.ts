import { formatMs } from '../../terminal/figures.js';
import type { Examination } from '../examination.js';
import { unchecked, type Finding } from '../finding.js';

/** Entries and calendar windows compare times of different machines. */
const TOLERATED_MS = 1000;

/** Compares the clock of the server with that of this machine. */
export async function checkClock({ ask, io: { clock } }: Examination): Promise<Finding[]> {
  const before = clock.monotonicMs();
  const answer = await ask('TIME');
  if (!answer.ok || !Array.isArray(answer.value)) return [unchecked('clock', 'TIME')];
  const roundTripMs = clock.monotonicMs() - before;
  const [seconds = 0, micros = 0] = answer.value.map(Number);
  const differenceMs = seconds * 1000 + micros / 1000 - (clock.wallMs() - roundTripMs / 2);
  const distance = Math.abs(differenceMs);
  if (distance <= TOLERATED_MS + roundTripMs)
    return [{ check: 'clock', severity: 'ok', message: `${formatMs(distance)} between this machine and the server` }];
  return [
    {
      check: 'clock',
      severity: 'warning',
      message: `The clock of the server is ${formatMs(distance)} ${differenceMs > 0 ? 'ahead of' : 'behind'} this machine.`,
      remedy: 'Synchronise both with NTP: values would end too early or too late.',
    },
  ];
}
