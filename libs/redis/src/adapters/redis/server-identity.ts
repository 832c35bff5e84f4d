import type { ServerIdentity } from '../../domain/cache-store.js';

/**
 * Who a server is, from its INFO.
 * @see https://redis.io/docs/latest/commands/info/
 */
export function parseIdentity(info: string): ServerIdentity | undefined {
  const field = (name: string): string | undefined => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1];
  const runId = field('run_id');
  const role = field('role');
  if (runId === undefined || role === undefined) return undefined;
  return { runId, role: role === 'master' ? 'master' : 'replica', replicationId: field('master_replid') ?? '' };
}
