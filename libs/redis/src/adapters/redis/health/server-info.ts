import type { ServerInfo } from '../../../domain/health-source.js';

/** The part of an INFO reply that health checks use, and whether the server then refuses writes. */
export interface ParsedInfo extends ServerInfo {
  /**
   * Whether the server refuses writes: it is a replica, or it requires replicas and none is connected. It also refuses
   * them if some are connected and more are required, which INFO does not show.
   */
  readonly isReadOnly: boolean;
}

/**
 * Parses an INFO reply.
 * @see https://redis.io/docs/latest/commands/info/
 */
export function parseInfo(info: string): ParsedInfo {
  const field = (name: string): string | undefined => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1];
  const role = roleOf(field('role'));
  return {
    role,
    version: field('valkey_version') ?? field('redis_version'),
    usedBytes: bytesOf(field('used_memory')),
    maxBytes: bytesOf(field('maxmemory')),
    // Only a server with `min-replicas-to-write` reports this field.
    isReadOnly: role === 'replica' || field('min_slaves_good_slaves') === '0',
  };
}

function roleOf(role: string | undefined): ServerInfo['role'] {
  if (role === 'master') return 'master';
  return role === 'slave' || role === 'replica' ? 'replica' : 'unknown';
}

function bytesOf(text: string | undefined): number | undefined {
  const bytes = Number(text);
  return text === undefined || text === '' || !Number.isFinite(bytes) ? undefined : bytes;
}
