import { checkKey, checkKeys } from '../../domain/models/cache-key.js';

/** The keys of a store: the rules for a key, and the prefix in front of each. */
export class KeySpace {
  constructor(readonly prefix: string) {}

  /** Returns the full key. @throws RedisInfraError KEY_INVALID */
  locate(key: string): string {
    checkKey(key);
    return this.prefix + key;
  }

  /** Returns the full keys. @throws RedisInfraError KEY_INVALID */
  locateAll(keys: readonly string[]): string[] {
    checkKeys(keys);
    return keys.map((key) => this.prefix + key);
  }
}
