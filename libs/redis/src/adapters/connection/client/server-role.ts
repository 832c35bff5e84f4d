import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { PeerLimits } from '../../wire/peer-limits.js';

/** What a server is to its clients. `cluster`: many servers, of which writes find the masters. `unknown`: it does not say. */
export type ServerRole = 'master' | 'replica' | 'cluster' | 'unknown';

/**
 * Asks a server for its role. It is unknown where the server does not answer within so many milliseconds, or closes connections that
 * send INFO.
 */
export async function readRole(redis: Redis, peer: PeerLimits, timeoutMs: number): Promise<ServerRole> {
  if (peer.forbids('INFO')) return 'unknown';
  const timeout = sleep<ServerRole>(timeoutMs, 'unknown', { ref: false });
  return Promise.race([askRole(redis), timeout]);
}

/**
 * INFO, or ROLE where an ACL forbids INFO.
 * @see https://redis.io/docs/latest/commands/role/
 */
async function askRole(redis: Redis): Promise<ServerRole> {
  const info = await redis.info('replication').catch(() => '');
  const role = /^role:(\w+)/m.exec(info)?.[1] ?? (await redis.role().catch(() => []))[0];
  return roleOf(role);
}

function roleOf(role: unknown): ServerRole {
  if (role === 'master') return 'master';
  return role === 'slave' || role === 'replica' ? 'replica' : 'unknown';
}
