/**
 * Real servers, a fault proxy and the contract suite, for tests. Nothing here belongs in an application.
 *
 * @module nestjs-redis-infra/testing
 */

export { cacheStoreContract } from './testing/cache-store-contract/cache-store.contract.js';
export type { CacheStoreContractOptions, TestRunner } from './testing/cache-store-contract/contract.harness.js';
export type {
  EntryStoreContractOptions,
  EntryStoreFeature,
} from './testing/entry-store-contract/entry-contract.harness.js';
export { entryStoreContract } from './testing/entry-store-contract/entry-store.contract.js';
export type { Direction } from './testing/fault-proxy/direction-faults.js';
export { FaultProxy, type FaultProxyStats, type ProxyTarget } from './testing/fault-proxy/fault-proxy.js';
export type { ReplyCutOptions } from './testing/fault-proxy/reply-cut.js';
export type { CommandWords } from './testing/redis-process/send-commands.js';
export { ReplyError, type Reply } from './testing/redis-process/reply.js';
export type { RedisSettings } from './testing/redis-process/directives.js';
export type { ProcessState, RedisProcess } from './testing/redis-process/redis-process.js';
export { RedisCluster } from './testing/redis-cluster/redis-cluster.js';
export type { RedisClusterOptions } from './testing/redis-cluster/redis-cluster.options.js';
export type { SlotMigration, SlotMove } from './testing/redis-cluster/slot-migration.js';
export { RedisSentinels } from './testing/redis-sentinels/redis-sentinels.js';
export type { RedisSentinelsOptions } from './testing/redis-sentinels/redis-sentinels.options.js';
export type { KnownServer, SentinelProcess } from './testing/redis-sentinels/sentinel.process.js';
export { RedisServer, type ServerUrlOptions } from './testing/redis-server/redis-server.js';
export type {
  RedisServerOptions,
  RedisServerSettings,
  RedisServerUser,
} from './testing/redis-server/redis-server.options.js';
export type { ClientTls } from './testing/redis-server/server-url.js';
export { TEST_CERTIFICATES } from './testing/redis-server/test-certificates.js';
