import type { RedisModuleOptions } from '../../../src/index.js';
import type { Platform } from '../rate-limited-app.js';
import { conditionalSuite } from './conditional.suite.js';
import { keysSuite } from './keys.suite.js';
import { refusedSuite } from './refused.suite.js';
import { storedSuite } from './stored.suite.js';

/** The framework and the store of a suite. */
export interface Setting {
  readonly platform: Platform;
  readonly redis: () => RedisModuleOptions;
}

/** The tests of the HTTP cache, for every framework and store. */
export function httpCacheSuite(setting: Setting): void {
  storedSuite(setting);
  keysSuite(setting);
  conditionalSuite(setting);
  refusedSuite(setting);
}
