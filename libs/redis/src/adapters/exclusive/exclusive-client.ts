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
 * A connection of its own that never reconnects: what WATCH, MULTI and SUBSCRIBE left on the server ends with its socket, and
 * a new socket would go on without a word. Not connected yet.
 * @throws RedisInfraError UNSUPPORTED for a cluster; whatever the password function throws
 */
export async function createExclusiveClient(config: RedisConfig, peer: PeerLimits): Promise<Redis> {
  if (config.mode === 'cluster') {
    throw new RedisInfraError(
      'UNSUPPORTED',
      'acquire() has no exclusive connection to a cluster: it would not know to which node; use client.nodes() and duplicate()',
    );
  }
  return createSingleUse(config, peer);
}

/** Resolves when it is ready. @throws RedisInfraError CONNECTION_FAILED with the reason, as far as known */
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

/** Ends a connection; one that is still open after so many ms is destroyed. What was written before goes out first, if it can. */
export function hangUp(client: Redis, withinMs: number): void {
  client.disconnect();
  const { stream } = client;
  if (withinMs === 0) stream?.destroy();
  else setTimeout(() => stream?.destroy(), withinMs).unref();
}
