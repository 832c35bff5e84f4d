import { optionInvalid } from '../common/options.js';
import type { RedisConnection } from '../config/redis-connection.js';
import type { CacheStore, ScriptHost, StoreCapabilities } from '../domain/cache-store.js';
import { isStore } from '../domain/models/is-store.js';
import { RedisAdapter } from '../adapters/redis/redis.adapter.js';

/** Where a limiter's scripts run. */
export interface ScriptSource {
  readonly scripts: ScriptHost;
  readonly link: StoreCapabilities['link'];
  /** Closes what was opened for the limiter alone. */
  close(): Promise<void>;
}

/** @throws RedisInfraError OPTION_INVALID for a store that runs no scripts, or lacks methods. */
export function scriptSourceOf(source: RedisConnection | CacheStore | undefined): ScriptSource {
  const own = isStore(source, 'source') ? undefined : new RedisAdapter(source);
  const { scripts, link } = (own ?? (source as CacheStore)).can ?? {};
  if (scripts === undefined) {
    throw optionInvalid('source', 'cannot run scripts: give a RedisAdapter, a MemoryAdapter, or a connection');
  }
  return { scripts, link, close: async () => own?.disconnect() };
}
