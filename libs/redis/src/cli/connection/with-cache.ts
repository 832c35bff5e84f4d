import { CacheService } from '../../service/cache/cache.service.js';
import type { CliIo } from '../cli-io.js';
import type { CacheNameOptions } from '../commands/shared-options.js';
import { readingCodec } from './encryption-keys.js';
import { withAdapter } from './with-adapter.js';

/** Opens the cache of a namespace on the Redis of the environment, without a fallback: a failure must be seen. */
export function withCache<T>(
  io: CliIo,
  options: CacheNameOptions,
  work: (cache: CacheService, cacheParts: { readonly isConnected: () => boolean }) => Promise<T>,
): Promise<T> {
  const { namespace: path, ...settings } = options;
  return withAdapter(io, { ...settings, codec: readingCodec(io.env) }, (adapter) => {
    const [root, ...inner] = path.split('/');
    const cache = new CacheService(adapter, { namespace: root, fallback: false });
    const inside = inner.reduce((outer, name) => outer.namespace(name), cache);
    return work(inside, { isConnected: () => adapter.status().state === 'up' });
  });
}
