/**
 * A storage adapter for Keyv, and so for @nestjs/cache-manager and cacheable.
 *
 * @module nestjs-redis-infra/keyv
 */

export { KeyvStore, type KeyvStoreEntry, type KeyvStoreOptions } from './service/keyv/keyv.store.js';
