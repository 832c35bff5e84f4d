import { expect, test } from 'vitest';
import { cacheServiceEngine } from './engines/cache-service.engine.js';
import { describeHistory } from './histories/describe-history.js';
import { REGRESSIONS } from './histories/regressions.js';
import { withStrayRejections, type BrokenHistory } from './histories/run-histories.js';
import { runHistory } from './histories/run-history.js';

/** Random numbers decide the order of steps, and a change of the code draws others. One of these orders met the fault. */
const ORDERS = 200;

test.each(REGRESSIONS)('CacheService keeps G1 to G5 when $name', async ({ plan }) => {
  const broken: BrokenHistory[] = [];
  await withStrayRejections(async () => {
    for (let order = 0; order < ORDERS; order++) {
      const reordered = { ...plan, order };
      const { violations } = await runHistory(cacheServiceEngine, reordered);
      if (violations.length > 0) broken.push({ plan: reordered, violations });
    }
  });
  expect(broken.map(describeHistory)).toEqual([]);
});
