import { optionInvalid } from '../common/options.js';
import type { RedisConnection } from '../config/redis-connection.js';
import type { CacheStore, ScriptHost, StoreCapabilities } from '../domain/cache-store.js';
import { isStore } from '../domain/models/is-store.js';
import { RedisAdapter } from '../adapters/redis.adapter.js';

/** The store that runs a limiter's scripts. */
export interface ScriptSource {
  readonly scripts: ScriptHost;
  readonly link: StoreCapabilities['link'];
  /** Closes the connection if it was opened for this limiter. */
  close(): Promise<void>;
}

/** @throws RedisInfraError OPTION_INVALID when the store does not run scripts or lacks methods */
export function scriptSourceOf(source: RedisConnection | CacheStore | undefined): ScriptSource {
  const own = isStore(source, 'source') ? undefined : new RedisAdapter(source);
  const { scripts, link } = (own ?? (source as CacheStore)).can ?? {};
  if (scripts === undefined) {
    throw optionInvalid('source', 'does not run scripts: pass a RedisAdapter, a MemoryAdapter, or connection options');
  }
  return { scripts, link, close: async () => own?.disconnect() };
}
