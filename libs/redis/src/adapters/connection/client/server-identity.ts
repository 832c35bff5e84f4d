import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster, Redis } from 'ioredis';
import type { ServerIdentity } from '../../../domain/cache-store.js';

/**
 * Reads the identity of a server from its INFO reply.
 * @see https://redis.io/docs/latest/commands/info/
 */
function parseIdentity(info: string): ServerIdentity | undefined {
  const field = (name: string): string | undefined => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1];
  const runId = field('run_id');
  const role = field('role');
  if (runId === undefined || role === undefined) return undefined;
  return { runId, role: role === 'master' ? 'master' : 'replica', replicationId: field('master_replid') ?? '' };
}

/** The identity of a server; undefined when it refuses INFO or does not answer within `timeoutMs` milliseconds. */
export async function readIdentity(redis: Redis | Cluster, timeoutMs: number): Promise<ServerIdentity | undefined> {
  const timeout = sleep(timeoutMs, undefined, { ref: false });
  const info = await Promise.race([redis.info('server', 'replication').catch(() => undefined), timeout]);
  return info === undefined ? undefined : parseIdentity(info);
}
