import type { Refusal } from '../../connection/server-nodes.js';
import type { Examination } from '../examination.js';
import type { CheckName, Finding, Severity } from '../finding.js';
import { PERMISSION_PROBES, type Need, type PermissionProbe } from '../permission-probes.js';

/** Below the prefix, so that the key pattern of the user applies. Nothing is ever stored under it. */
const PROBE_KEY = '~doctor';

interface Consequence {
  readonly check: CheckName;
  readonly severity: Severity;
  /** What does not work without the permission. */
  readonly effect: string;
  readonly allowed: string;
}

const CONSEQUENCES: Readonly<Record<Need, Consequence>> = {
  values: {
    check: 'permissions',
    severity: 'error',
    effect: 'calls on values fail',
    allowed: 'Values can be read and changed.',
  },
  scripts: {
    check: 'scripts',
    severity: 'error',
    effect: 'changes of a cache, loads and rate limits fail as while Redis is unavailable',
    allowed: 'Scripts can be run.',
  },
  scans: {
    check: 'permissions',
    severity: 'warning',
    effect: 'clear(), flush(), cleanup and resealing fail',
    allowed: 'Keys can be scanned.',
  },
  'near copies': {
    check: 'tracking',
    severity: 'warning',
    effect: 'near copies do not follow changes, and live at most 2 s',
    allowed: 'Near copies can follow changes (CLIENT TRACKING).',
  },
  resealing: { check: 'permissions', severity: 'note', effect: 'reseal fails', allowed: 'Values can be resealed.' },
};

/** A probe that the server refused. */
interface RefusedProbe extends PermissionProbe {
  readonly reason: Refusal;
}

/** Whether the user may call the commands of the package, on keys with the prefix. Changes nothing. */
export async function checkPermissions(examination: Examination): Promise<Finding[]> {
  const { ask, keyPrefix } = examination;
  const refused: RefusedProbe[] = [];
  for (const probe of PERMISSION_PROBES) {
    const answer = await ask(...probe.command(keyPrefix + PROBE_KEY));
    // The server checks everything else after the permission.
    if (!answer.ok && answer.reason !== 'other') refused.push({ ...probe, reason: answer.reason });
  }
  const user = await userName(examination);
  const needs = [...new Set(PERMISSION_PROBES.map(({ need }) => need))];
  return needs.map((need) =>
    describe(
      need,
      refused.filter((probe) => probe.need === need),
      { user, keyPrefix },
    ),
  );
}

function describe(need: Need, refused: readonly RefusedProbe[], grant: Grant): Finding {
  const { check, severity, effect, allowed } = CONSEQUENCES[need];
  if (refused.length === 0) return { check, severity: 'ok', message: allowed };
  const message = `The server refuses ${refused.map(nameOf).join(', ')}: ${effect}.`;
  return { check, severity, message, remedy: remedyFor(refused, grant) };
}

/** To whom permissions are granted, and for which keys. */
interface Grant {
  readonly user: string;
  readonly keyPrefix: string;
}

function remedyFor(refused: readonly RefusedProbe[], { user, keyPrefix }: Grant): string {
  if (refused.every(({ reason }) => reason === 'unknown-command'))
    return 'The server, or its provider, does not offer these commands: see the guide for managed Redis.';
  const rules = refused.filter(({ reason }) => reason !== 'forbidden-key').map(({ rule }) => rule);
  const keys = refused.some(({ reason }) => reason === 'forbidden-key') ? [`~${keyPrefix}*`] : [];
  return `Run as an administrator: ACL SETUSER ${user} ${[...keys, ...rules].join(' ')}`;
}

function nameOf({ rule }: PermissionProbe): string {
  return rule.slice(1).replace('|', ' ').toUpperCase();
}

async function userName({ ask }: Examination): Promise<string> {
  const answer = await ask('ACL', 'WHOAMI');
  return answer.ok ? String(answer.value) : '<user>';
}
