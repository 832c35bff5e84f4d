import type { Examination } from '../examination.js';
import { unchecked, type Finding } from '../finding.js';

/** Whether the server takes writes, has replicas, and is what the configuration says it is. */
export async function checkRole(examination: Examination): Promise<Finding[]> {
  const { info, adapter } = examination;
  if (adapter.mode === 'cluster') return [await clusterState(examination), ...replicas(examination)];
  if (info === undefined) return [unchecked('role', 'INFO')];
  if (info.text('cluster_enabled') === '1') {
    return [
      {
        check: 'role',
        severity: 'error',
        message: 'The server is a node of a Cluster, and the configuration names one server.',
        remedy: 'Use redis+cluster://… in REDIS_URL, or REDIS_CLUSTER_NODES.',
      },
    ];
  }
  if (info.text('role') === 'slave') return [ofReplica(examination)];
  return replicas(examination);
}

function ofReplica({ info, adapter }: Examination): Finding {
  const isLinked = info?.text('master_link_status') === 'up';
  return {
    check: 'role',
    severity: 'error',
    message: `The server is a replica${isLinked ? '' : ' and not connected to its master'}: it refuses writes.`,
    remedy:
      adapter.mode === 'sentinel'
        ? 'A failover may be running: repeat it. Otherwise compare the master that the Sentinels report.'
        : 'Put the address of the master into REDIS_URL, or use redis+sentinel:// to follow failovers.',
  };
}

function replicas({ info, adapter, node }: Examination): Finding[] {
  if (info === undefined) return [];
  const count = info.number('connected_slaves') ?? 0;
  const word = count === 1 ? 'replica' : 'replicas';
  if (count > 0 || adapter.mode === 'standalone')
    return [
      { check: 'role', severity: 'ok', message: `master with ${count} ${word} (${adapter.mode})`, node: node.name },
    ];
  return [
    {
      check: 'role',
      severity: 'warning',
      message: `The master has no replica, so there is no failover (${adapter.mode}).`,
      remedy: 'Add a replica, or find out why it is not connected.',
    },
  ];
}

async function clusterState({ ask }: Examination): Promise<Finding> {
  const answer = await ask('CLUSTER', 'INFO');
  if (!answer.ok) return unchecked('role', 'CLUSTER INFO');
  const reply = String(answer.value);
  if (/cluster_state:ok/.test(reply))
    return { check: 'role', severity: 'ok', message: 'The Cluster serves all slots.' };
  return {
    check: 'role',
    severity: 'error',
    message: 'The Cluster is down: some slots have no master.',
    remedy: 'Run redis-cli --cluster check, and bring the missing nodes back.',
  };
}
