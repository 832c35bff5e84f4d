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
  if (isStore(source, 'source')) return scriptsOf(source, async () => {});
  const own = new RedisAdapter(source);
  return scriptsOf(own, () => own.disconnect());
}

function scriptsOf({ can }: CacheStore, close: () => Promise<void>): ScriptSource {
  if (can?.scripts !== undefined) return { scripts: can.scripts, link: can.link, close };
  throw optionInvalid('source', 'does not run scripts: pass a RedisAdapter, a MemoryAdapter, or connection options');
}
