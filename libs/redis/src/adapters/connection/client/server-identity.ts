import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { ServerIdentity } from '../../../domain/cache-store.js';
import { notConnected, toRedisInfraError } from '../../errors/error-mapping.js';
import { isLastingRefusal } from '../../errors/handshake-error.js';
import type { PeerLimits } from '../../wire/peer-limits.js';

export interface IdentityReading {
  /** The names of the nodes, each with the connection that carries its commands. */
  readonly nodes: readonly { readonly name: string; readonly redis: Redis }[];
  readonly peer: PeerLimits;
  /** The time for the answers, in milliseconds. */
  readonly timeoutMs: number;
}

/**
 * The identities of servers, from their INFO replies. Empty if one of them refuses INFO or does not report its run id.
 * @throws RedisInfraError CONNECTION_FAILED if one of them does not answer in time; the error of INFO
 * @see https://redis.io/docs/latest/commands/info/
 */
export async function readIdentities({ nodes, peer, timeoutMs }: IdentityReading): Promise<readonly ServerIdentity[]> {
  if (peer.forbids('INFO')) return [];
  const identities = await Promise.all(nodes.map(({ name, redis }) => readIdentity(name, redis, timeoutMs)));
  const known = identities.filter((identity) => identity !== undefined);
  return known.length === identities.length ? known : [];
}

async function readIdentity(name: string, redis: Redis, timeoutMs: number): Promise<ServerIdentity | undefined> {
  const reading = redis.info('server', 'replication').catch((error: unknown) => {
    if (isLastingRefusal(error)) return '';
    throw toRedisInfraError(error, 'INFO');
  });
  const info = await Promise.race([reading, sleep(timeoutMs, undefined, { ref: false })]);
  if (info === undefined) throw notConnected(undefined, 'INFO');
  return parseIdentity(name, info);
}

function parseIdentity(node: string, info: string): ServerIdentity | undefined {
  const field = (name: string): string | undefined => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1];
  const runId = field('run_id');
  const role = field('role');
  const uptimeMs = Number(field('uptime_in_seconds')) * 1000;
  if (runId === undefined || role === undefined || !Number.isFinite(uptimeMs)) return undefined;
  const replicationId = field('master_replid') ?? '';
  return { node, runId, role: role === 'master' ? 'master' : 'replica', replicationId, uptimeMs };
}
