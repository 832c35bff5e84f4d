import { RedisInfraError } from '../../../common/redis-infra.error.js';
import type { CacheStore, StoreCapabilities } from '../../../domain/cache-store.js';

/** Returns a capability that the store of a shard has. @throws RedisInfraError UNSUPPORTED */
export function capabilityOf<Name extends keyof StoreCapabilities>(
  store: CacheStore,
  name: Name,
): NonNullable<StoreCapabilities[Name]> {
  const capability = store.can?.[name];
  if (capability === undefined) throw new RedisInfraError('UNSUPPORTED', `the store of a shard has no ${name}`);
  return capability;
}
