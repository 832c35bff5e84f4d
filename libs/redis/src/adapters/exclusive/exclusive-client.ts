import type { Redis } from 'ioredis';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import type { RedisConfig } from '../../config/redis.config.js';
import { createSingleUse } from '../connection/client/client.factory.js';
import { notConnected } from '../errors/error-mapping.js';
import { isInDatabase } from '../connection/client/database-check.js';
import { whenSelected } from '../ioredis-seams/handshake-commands.js';
import { HandshakeFailure } from '../connection/client/handshake-failure.js';
import type { PeerLimits } from '../wire/peer-limits.js';

/**
 * Creates a connection that never reconnects. The server drops WATCH, MULTI and SUBSCRIBE with the socket, so a new
 * socket would silently continue without them. It is not connected yet.
 * @throws RedisInfraError UNSUPPORTED for a cluster; also rethrows what the password function throws
 */
export async function createExclusiveClient(config: RedisConfig, peer: PeerLimits): Promise<Redis> {
  if (config.mode === 'cluster') {
    throw new RedisInfraError(
      'UNSUPPORTED',
      'acquire() is not available in a cluster, because a connection reaches one node only; use client.nodes() and duplicate()',
    );
  }
  return createSingleUse(config, peer);
}

/** Resolves when the connection is ready. @throws RedisInfraError CONNECTION_FAILED with the cause if it is known */
export async function connectExclusive(client: Redis, peer: PeerLimits): Promise<void> {
  const failure = new HandshakeFailure();
  client.on('error', (error: unknown) => failure.note(error));
  try {
    await client.connect();
    await whenSelected(client);
    await isInDatabase(client, peer);
  } catch (error) {
    throw notConnected(failure.error ?? error, 'acquire');
  }
  if (failure.error instanceof RedisInfraError) {
    client.disconnect();
    throw notConnected(failure.error, 'acquire');
  }
}

/** How long the server may take to close a connection of a borrower before its socket is destroyed. */
export const CLOSE_TIMEOUT_MS = 100;

/**
 * Closes a connection gracefully, and destroys its socket if it is still open after `withinMs`. 0 destroys it
 * immediately.
 */
export function hangUp(client: Redis, withinMs: number): void {
  client.disconnect();
  const { stream } = client;
  if (withinMs === 0) stream?.destroy();
  else setTimeout(() => stream?.destroy(), withinMs).unref();
}
