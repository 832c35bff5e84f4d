import type { Examination } from '../examination.js';
import { unchecked, type Finding } from '../finding.js';

const FAILED = 'err';

/** Whether the data survives a restart, and whether the last attempt to write it succeeded. */
export async function checkPersistence(examination: Examination): Promise<Finding[]> {
  const { info } = examination;
  if (info === undefined) return [unchecked('persistence', 'INFO')];
  const failed = [
    ...(info.text('rdb_last_bgsave_status') === FAILED ? ['snapshot'] : []),
    ...(info.text('aof_last_write_status') === FAILED ? ['write to the append-only file'] : []),
  ];
  if (failed.length > 0) {
    return [
      {
        check: 'persistence',
        severity: 'error',
        message: `The last ${failed.join(' and the last ')} failed: the server refuses writes (MISCONF) or soon will.`,
        remedy: 'Look at the log of the server: usually the disk is full, or the folder cannot be written.',
      },
    ];
  }
  const appends = info.text('aof_enabled') === '1';
  const snapshots = await takesSnapshots(examination);
  if (appends || snapshots === true) {
    const kinds = [...(appends ? ['append-only file'] : []), ...(snapshots === true ? ['snapshots'] : [])];
    return [{ check: 'persistence', severity: 'ok', message: kinds.join(' and ') }];
  }
  if (snapshots === undefined)
    return [
      {
        ...unchecked('persistence', 'CONFIG GET'),
        message: 'No append-only file; it is not known whether there are snapshots.',
      },
    ];
  return [withoutPersistence(info.number('connected_slaves') ?? 0)];
}

/** @see https://redis.io/docs/latest/operate/oss_and_stack/management/replication/ */
function withoutPersistence(replicas: number): Finding {
  if (replicas > 0) {
    return {
      check: 'persistence',
      severity: 'warning',
      message:
        'There is no persistence, and there are replicas: a master that restarts by itself is empty, and its replicas become empty too.',
      remedy: 'Enable the append-only file (appendonly yes), or disable the automatic restart of the master.',
    };
  }
  return {
    check: 'persistence',
    severity: 'note',
    message: 'There is no persistence: after a restart of the server, all keys are gone, counters and rate limits too.',
    remedy: 'A cache needs none. For counters, limits and sessions, set appendonly yes.',
  };
}

/** Undefined if the server does not allow the question. */
async function takesSnapshots({ ask }: Examination): Promise<boolean | undefined> {
  const answer = await ask('CONFIG', 'GET', 'save');
  if (!answer.ok || !Array.isArray(answer.value)) return undefined;
  const save: unknown = answer.value[1];
  return typeof save === 'string' && save !== '';
}
