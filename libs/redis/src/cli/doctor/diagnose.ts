import { RedisInfraError } from '../../common/redis-infra.error.js';
import { examine, type Check, type Examination, type ExaminationParts } from './examination.js';
import type { Finding } from './finding.js';
import { checkClock } from './checks/clock.check.js';
import { checkExpiry } from './checks/expiry.check.js';
import { checkLatency } from './checks/latency.check.js';
import { checkEviction, checkMemory } from './checks/memory.check.js';
import { checkPermissions } from './checks/permissions.check.js';
import { checkPersistence } from './checks/persistence.check.js';
import { checkRole } from './checks/role.check.js';
import { checkVersion } from './checks/version.check.js';

/** The checks of each server. */
const OF_EACH: readonly Check[] = [
  checkVersion,
  checkRole,
  checkMemory,
  checkEviction,
  checkPersistence,
  checkLatency,
  checkClock,
];
/** The checks that are the same for all servers of a Cluster. */
const OF_ALL: readonly Check[] = [checkPermissions, checkExpiry];

/** Examines one server. A server that does not answer is a finding. */
export async function diagnose(parts: ExaminationParts, isFirst: boolean): Promise<Finding[]> {
  const { name } = parts.node;
  const findings: Finding[] = [];
  try {
    const examination = await examine(parts);
    for (const check of isFirst ? [...OF_EACH, ...OF_ALL] : OF_EACH)
      findings.push(...(await findingsOf(check, examination)));
  } catch (error) {
    if (parts.io.signal.aborted || !(error instanceof RedisInfraError)) throw error;
    findings.push(unreachable(error));
  }
  return findings.map((finding) => (name === undefined ? finding : { ...finding, node: name }));
}

async function findingsOf(check: Check, examination: Examination): Promise<Finding[]> {
  examination.io.signal.throwIfAborted();
  return check(examination);
}

function unreachable({ code }: RedisInfraError): Finding {
  return {
    check: 'connection',
    severity: 'error',
    message: `The server stopped answering (${code}).`,
    remedy: 'Look at its process and its log, and at the network between this machine and the server.',
  };
}
