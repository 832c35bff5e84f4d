import { RedisAdapter } from '../../adapters/redis.adapter.js';
import type { Duration } from '../../common/duration.js';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import { RedisConfig } from '../../config/redis.config.js';
import type { CodecOptions } from '../../domain/codec/codec.options.js';
import type { CliIo } from '../cli-io.js';
import type { ConnectionOptions } from '../commands/shared-options.js';
import { UsageError } from '../usage.error.js';
import { untilAborted } from './until-aborted.js';

/** How to open an adapter. */
export interface AdapterSettings extends Pick<ConnectionOptions, 'keyPrefix' | 'timeout'> {
  readonly codec?: CodecOptions | undefined;
}

/**
 * Opens an adapter on the Redis of the environment, and closes it after `work`.
 * @throws UsageError if the environment names no Redis; RedisInfraError if it cannot be reached
 */
export async function withAdapter<T>(
  io: CliIo,
  settings: AdapterSettings,
  work: (adapter: RedisAdapter) => Promise<T>,
): Promise<T> {
  const adapter = createAdapter(io, settings);
  try {
    await connectWithin(adapter, settings.timeout, io.signal);
    return await work(adapter);
  } finally {
    await adapter.disconnect();
  }
}

/** Creates an adapter that is not connected. @throws UsageError if the environment names no Redis */
export function createAdapter({ env }: CliIo, { keyPrefix, timeout, codec }: AdapterSettings): RedisAdapter {
  const config = RedisConfig.fromEnv(env);
  if (config.mode === 'memory')
    throw new UsageError(
      'No Redis is configured: set the environment variable REDIS_URL, for example redis://127.0.0.1:6379.',
    );
  return new RedisAdapter(config, { keyPrefix, codec, resilience: { deadline: timeout } });
}

/** Connects. @throws RedisInfraError if the server does not serve calls within the time */
export async function connectWithin(adapter: RedisAdapter, timeout: Duration, signal: AbortSignal): Promise<void> {
  const late = new RedisInfraError('CONNECTION_FAILED', `Redis is not connected after ${String(timeout)}`);
  await untilAborted(adapter.connect(), { timeout, signal, late });
}
