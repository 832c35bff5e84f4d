import { RedisInfraError } from '../../common/redis-infra.error.js';
import { ask, type AskLimits, type ServerNode } from '../connection/server-nodes.js';
import { ServerInfo } from '../connection/server-info.js';

/** Sums over all servers. Counters grow since the start of a server. */
export interface ServerTotals {
  readonly commands: number;
  readonly hits: number;
  readonly misses: number;
  readonly evicted: number;
  readonly expired: number;
  readonly opsPerSecond: number;
  readonly clients: number;
  readonly memory: number;
  /** 0 if a server has no limit. */
  readonly maxMemory: number;
}

/** Reads the figures of all servers. @throws RedisInfraError if one does not answer, or refuses INFO */
export async function readTotals(nodes: readonly ServerNode[], limits: AskLimits): Promise<ServerTotals> {
  const infos = await Promise.all(nodes.map((node) => readInfo(node, limits)));
  const sum = (name: string): number => infos.reduce((total, info) => total + (info.number(name) ?? 0), 0);
  return {
    commands: sum('total_commands_processed'),
    hits: sum('keyspace_hits'),
    misses: sum('keyspace_misses'),
    evicted: sum('evicted_keys'),
    expired: sum('expired_keys'),
    opsPerSecond: sum('instantaneous_ops_per_sec'),
    clients: sum('connected_clients'),
    memory: sum('used_memory'),
    maxMemory: infos.some((info) => info.number('maxmemory') === 0) ? 0 : sum('maxmemory'),
  };
}

async function readInfo(node: ServerNode, limits: AskLimits): Promise<ServerInfo> {
  const answer = await ask(node, ['INFO'], limits);
  if (answer.ok) return new ServerInfo(String(answer.value));
  throw new RedisInfraError('COMMAND_FAILED', 'the server refuses INFO, which has the figures');
}
