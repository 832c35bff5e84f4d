export { cacheStoreContract } from './testing/cache-store-contract/cache-store.contract.js';
export type { CacheStoreContractOptions, TestRunner } from './testing/cache-store-contract/contract.harness.js';
export { RedisServer, type RedisServerOptions } from './testing/redis-server/redis-server.js';
