import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import type { RedisConfig } from '../../config/redis.config.js';
import { createSingleUse } from './client/client.factory.js';
import { notConnected, toRedisInfraError } from '../errors/error-mapping.js';
import { isInDatabase } from './client/database-check.js';
import { whenSelected } from '../ioredis-seams/handshake-commands.js';
import { HandshakeFailure } from './client/handshake-failure.js';
import type { PeerLimits } from '../wire/peer-limits.js';
import type { ProbeResult } from '../resilience/circuit/circuit-breaker.js';
import { classify } from '../resilience/circuit/failure-class.js';

export interface ServerProbeParts {
  readonly peer: PeerLimits;
  /** Creates the connection of one probe, not connected yet. When it rejects, the server counts as unavailable. */
  readonly open: () => Promise<Redis>;
  /** The key that the probe writes. */
  readonly key: () => string;
  /** Whether the connections of callers work. Those that do not are made to reconnect. */
  readonly isInUse: () => boolean;
}

/** The shortest expiry that Redis accepts. */
const KEY_TTL_MS = 1;

/** The result for a server that accepts reads and writes. */
export const HEALTHY: ProbeResult = { read: true, write: true };

/**
 * Checks whether the server accepts reads and writes. It sets a key under the prefix that expires after one
 * millisecond, on a separate connection, because the connection in use may be the one that is broken.
 *
 * When the user may not write that key, or the server accepts no more connections, the probe only shows that the server
 * answers. The circuits then close, and the next write shows whether the server accepts writes.
 * @see docs/decisions/0018-two-circuits-and-probes-that-write.md
 */
export class ServerProbe {
  constructor(private readonly parts: ServerProbeParts) {}

  /** A probe of one server, or of the master that the Sentinels name. */
  static of(config: RedisConfig, peer: PeerLimits, link: { isInUse(): boolean }, keyPrefix: string): ServerProbe {
    const key = `${keyPrefix}nestjs-redis-infra:probe:${randomUUID()}`;
    const open = (): Promise<Redis> => createSingleUse(config, peer, PROBE_PARAMS);
    return new ServerProbe({ peer, open, key: () => key, isInUse: () => link.isInUse() });
  }

  readonly run = async (signal: AbortSignal): Promise<ProbeResult> => {
    const client = await this.parts.open();
    const end = (): void => close(client);
    signal.addEventListener('abort', end, { once: true });
    const handshake = new HandshakeFailure();
    client.on('error', (error: unknown) => handshake.note(error));
    try {
      if (signal.aborted) return HEALTHY;
      await client.connect();
      // Without a ready check ioredis is also ready after a refused SELECT, and the probe would write to another
      // database.
      await whenSelected(client);
      await isInDatabase(client, this.parts.peer);
      if (handshake.error instanceof RedisInfraError) throw handshake.error;
      await client.call('SET', this.parts.key(), '1', 'PX', KEY_TTL_MS);
      return this.withCallerConnections(HEALTHY);
    } catch (error) {
      return this.withCallerConnections(
        isAtMaxClients(handshake.error) ? HEALTHY : resultOf(failureOf(error, handshake.error)),
      );
    } finally {
      signal.removeEventListener('abort', end);
      end();
    }
  };

  /** A server that answers is usable only when the connections of callers work as well. */
  private withCallerConnections(result: ProbeResult): ProbeResult {
    if (!result.read || this.parts.isInUse()) return result;
    return { read: false, write: false, error: result.error };
  }
}

/**
 * One attempt, because the prober repeats the probe, and no ready check, because it waits for a server that loads its
 * data.
 */
export const PROBE_PARAMS = {
  retryStrategy: () => null,
  reconnectOnError: () => false,
  sentinelRetryStrategy: () => null,
  enableReadyCheck: false,
  failoverDetector: false,
} as const;

function resultOf(error: RedisInfraError): ProbeResult {
  switch (classify(error)) {
    case 'not-writing':
      return { read: true, write: false, error };
    case 'configuration':
      return error.code === 'COMMAND_FAILED' && error.context.reply === 'NOPERM'
        ? HEALTHY
        : { read: false, write: false, error };
    case 'caller':
      return HEALTHY;
    default:
      return { read: false, write: false, error };
  }
}

/** ioredis rejects `connect` with the information that the connection closed. The reason is in the emitted error. */
function failureOf(error: unknown, emitted: unknown): RedisInfraError {
  const failure = toRedisInfraError(error, 'the probe');
  if (classify(failure) !== 'hard' && classify(failure) !== 'soft') return failure;
  return emitted === undefined ? failure : notConnected(emitted);
}

/** @see https://redis.io/docs/latest/develop/reference/clients/#maximum-concurrent-connected-clients */
function isAtMaxClients(error: unknown): boolean {
  return error instanceof RedisInfraError && error.context.reason === 'MAX_CLIENTS';
}

function close(client: Redis): void {
  client.disconnect();
  client.stream?.destroy();
}
