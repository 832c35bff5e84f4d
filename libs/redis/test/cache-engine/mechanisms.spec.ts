import { describe, expect, test } from 'vitest';
import { cacheServiceEngine } from './engines/cache-service.engine.js';
import { MECHANISMS } from './histories/mechanisms.js';
import { runHistories } from './histories/run-histories.js';

/** The most histories until the checker must have found what breaks. */
const HISTORIES = 20_000;

describe('the interleaving checker', () => {
  test.each(MECHANISMS)(
    'finds that CacheService breaks $breaks without the mechanism: $name',
    { timeout: 120_000 },
    async ({ breaks, switchedOff }) => {
      const { broken } = await runHistories(cacheServiceEngine, { seed: 1, histories: HISTORIES, switchedOff });
      expect(broken.flatMap(({ violations }) => violations.map(({ guarantee }) => guarantee))).toContain(breaks);
    },
  );
});
