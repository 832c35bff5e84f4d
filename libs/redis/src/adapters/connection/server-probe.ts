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
  /** A connection of the probe's own, not connected yet. What it rejects with is not looked at: the server counts as away. */
  readonly open: () => Promise<Redis>;
  /** The key that is written. */
  readonly key: () => string;
  /** The connections of callers work too, as far as known; those that do not get under way. */
  readonly isInUse: () => boolean;
}

/** The shortest life that Redis gives: the key is gone when anybody could look at it. */
const LIFE_MS = 1;

/** It reads and writes. */
export const HEALTHY: ProbeResult = { read: true, write: true };

/**
 * Finds out whether the server reads and writes, by a write that leaves nothing behind: SET of a key of its own, under the prefix,
 * that lives a millisecond. On a connection of its own, for the one in use may be what is broken.
 *
 * Where the user may not write that key, or the server has no room for another connection, it learns that the server answers, and no
 * more: the next write then finds out the rest.
 * @see docs/decisions/0018-two-circuits-and-probes-that-write.md
 */
export class ServerProbe {
  constructor(private readonly parts: ServerProbeParts) {}

  /** Of the one server, or the master that Sentinels name. */
  static of(config: RedisConfig, peer: PeerLimits, link: { isInUse(): boolean }, keyPrefix: string): ServerProbe {
    const key = `${keyPrefix}nestjs-redis-infra:probe:${randomUUID()}`;
    const open = (): Promise<Redis> => createSingleUse(config, peer, PROBE_PARAMS);
    return new ServerProbe({ peer, open, key: () => key, isInUse: () => link.isInUse() });
  }

  readonly run = async (signal: AbortSignal): Promise<ProbeResult> => {
    const client = await this.parts.open();
    const end = (): void => hangUp(client);
    signal.addEventListener('abort', end, { once: true });
    const handshake = new HandshakeFailure();
    client.on('error', (error: unknown) => handshake.note(error));
    try {
      if (signal.aborted) return HEALTHY;
      await client.connect();
      // Without a ready check ioredis is ready also after a refused SELECT: the probe would write to another database.
      await whenSelected(client);
      await isInDatabase(client, this.parts.peer);
      if (handshake.error instanceof RedisInfraError) throw handshake.error;
      await client.call('SET', this.parts.key(), '1', 'PX', LIFE_MS);
      return this.linked(HEALTHY);
    } catch (error) {
      return this.linked(hasNoRoom(handshake.error) ? HEALTHY : resultOf(failureOf(error, handshake.error)));
    } finally {
      signal.removeEventListener('abort', end);
      end();
    }
  };

  /** A server that answers is of use to callers only if their connection does. */
  private linked(result: ProbeResult): ProbeResult {
    if (!result.read || this.parts.isInUse()) return result;
    return { read: false, write: false, error: result.error };
  }
}

/** One attempt, no repetition: the prober does that. And no ready check, which would wait for a server that is loading. */
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

/** ioredis rejects `connect` with little more than that the connection was closed; why stands in its event. */
function failureOf(error: unknown, emitted: unknown): RedisInfraError {
  const failure = toRedisInfraError(error, 'the probe');
  if (classify(failure) !== 'hard' && classify(failure) !== 'soft') return failure;
  return emitted === undefined ? failure : notConnected(emitted);
}

/** @see https://redis.io/docs/latest/develop/reference/clients/#maximum-concurrent-connected-clients */
function hasNoRoom(trouble: unknown): boolean {
  return trouble instanceof RedisInfraError && trouble.context.reason === 'MAX_CLIENTS';
}

function hangUp(client: Redis): void {
  client.disconnect();
  client.stream?.destroy();
}
