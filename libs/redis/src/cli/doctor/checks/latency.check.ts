import { formatMs } from '../../terminal/figures.js';
import type { Examination } from '../examination.js';
import { unchecked, type Finding } from '../finding.js';

const PINGS = 50;
/** A median of more than this is noticed in every request. */
const SLOW_MS = 10;

/** Measures how long PING takes. */
export async function checkLatency({ ask, io: { clock } }: Examination): Promise<Finding[]> {
  const times: number[] = [];
  for (let i = 0; i < PINGS; i++) {
    const start = clock.monotonicMs();
    const { ok } = await ask('PING');
    if (!ok) return [unchecked('latency', 'PING')];
    times.push(clock.monotonicMs() - start);
  }
  times.sort((a, b) => a - b);
  const percentile = (share: number): number => times[Math.ceil(share * times.length) - 1] ?? 0;
  const message = `PING takes ${[50, 95, 99].map((p) => `${formatMs(percentile(p / 100))} (p${p})`).join(', ')}.`;
  if (percentile(0.5) <= SLOW_MS) return [{ check: 'latency', severity: 'ok', message }];
  return [
    {
      check: 'latency',
      severity: 'warning',
      message,
      remedy:
        'Run the application in the zone of the server, and look for slow commands (SLOWLOG GET) and a busy server (INFO cpu).',
    },
  ];
}
