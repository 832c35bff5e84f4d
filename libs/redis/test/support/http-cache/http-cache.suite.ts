import type { Setting } from './cached-app.js';
import { conditionalSuite } from './conditional.suite.js';
import { freshnessSuite } from './freshness.suite.js';
import { keysSuite } from './keys.suite.js';
import { refusedSuite } from './refused.suite.js';
import { storedSuite } from './stored.suite.js';

/** The tests of the HTTP cache, for every framework and store. */
export function httpCacheSuite(setting: Setting): void {
  storedSuite(setting);
  keysSuite(setting);
  conditionalSuite(setting);
  refusedSuite(setting);
  freshnessSuite(setting);
}
