import { formatBytes, formatShare } from '../../terminal/figures.js';
import type { Examination } from '../examination.js';
import { unchecked, type Finding } from '../finding.js';

/** From this share of maxmemory on, a peak of writes may fill the server. */
const NEARLY_FULL = 0.9;

/** How much of maxmemory is used. */
export function checkMemory({ info }: Examination): Finding[] {
  if (info === undefined) return [unchecked('memory', 'INFO')];
  const used = info.number('used_memory');
  const limit = info.number('maxmemory');
  if (used === undefined || limit === undefined)
    return [{ check: 'memory', severity: 'note', message: 'The server does not report its memory.' }];
  if (limit === 0) {
    return [
      {
        check: 'memory',
        severity: 'note',
        message: `${formatBytes(used)} are used, and maxmemory is not set: the server grows until the system ends it.`,
        remedy: 'Set maxmemory below the memory of the machine or container.',
      },
    ];
  }
  const message = `${formatBytes(used)} of ${formatBytes(limit)} are used (${formatShare(used / limit)}).`;
  if (used / limit < NEARLY_FULL) return [{ check: 'memory', severity: 'ok', message }];
  return [
    {
      check: 'memory',
      severity: 'warning',
      message,
      remedy: 'Raise maxmemory, shorten the ttl of large values, or add a server.',
    },
  ];
}

/** What the server does when it is full. */
export function checkEviction({ info }: Examination): Finding[] {
  if (info === undefined) return [unchecked('eviction', 'INFO')];
  const policy = info.text('maxmemory_policy');
  const limit = info.number('maxmemory') ?? 0;
  if (policy === undefined)
    return [{ check: 'eviction', severity: 'note', message: 'The server does not report its eviction policy.' }];
  if (limit === 0)
    return [{ check: 'eviction', severity: 'ok', message: `${policy}, without effect while maxmemory is not set` }];
  if (policy === 'noeviction') {
    return [
      {
        check: 'eviction',
        severity: 'warning',
        message: `The policy is noeviction: the server refuses writes when ${formatBytes(limit)} are used.`,
        remedy:
          'For a cache, set maxmemory-policy allkeys-lru. For counters, limits and sessions, noeviction is right: alert on the memory, and run doctor with --ignore eviction.',
      },
    ];
  }
  if (policy.startsWith('volatile-')) {
    return [
      {
        check: 'eviction',
        severity: 'note',
        message: `${policy} evicts keys with a ttl only; when there are none left, the server refuses writes.`,
        remedy: 'If the server is for a cache only, set maxmemory-policy allkeys-lru.',
      },
    ];
  }
  return [{ check: 'eviction', severity: 'ok', message: `${policy}, from ${formatBytes(limit)} on` }];
}
