import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { PeerLimits } from '../../wire/peer-limits.js';

/**
 * The role of a server. `cluster`: several servers, and writes go to the masters. `unknown`: the server does not report
 * a role.
 */
export type ServerRole = 'master' | 'replica' | 'cluster' | 'unknown';

/**
 * Reads the role of a server. It is unknown when the server does not answer within `timeoutMs` milliseconds, or closes
 * connections that send INFO.
 */
export async function readRole(redis: Redis, peer: PeerLimits, timeoutMs: number): Promise<ServerRole> {
  if (peer.forbids('INFO')) return 'unknown';
  const timeout = sleep<ServerRole>(timeoutMs, 'unknown', { ref: false });
  return Promise.race([queryRole(redis), timeout]);
}

/**
 * Sends INFO, and ROLE when an ACL forbids INFO.
 * @see https://redis.io/docs/latest/commands/role/
 */
async function queryRole(redis: Redis): Promise<ServerRole> {
  const info = await redis.info('replication').catch(() => '');
  const role = /^role:(\w+)/m.exec(info)?.[1] ?? (await redis.role().catch(() => []))[0];
  return roleOf(role);
}

function roleOf(role: unknown): ServerRole {
  if (role === 'master') return 'master';
  return role === 'slave' || role === 'replica' ? 'replica' : 'unknown';
}
