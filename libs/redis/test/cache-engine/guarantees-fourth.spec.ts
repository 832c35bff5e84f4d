import { test } from 'vitest';
import { expectGuarantees, HISTORIES_PER_FILE } from './histories/expect-guarantees.js';

/** `npm run check:cache` runs more, with other seeds. */
test(
  `CacheService keeps G1 to G5 in the fourth ${HISTORIES_PER_FILE} random histories`,
  { timeout: 600_000 },
  async () => {
    await expectGuarantees(3);
  },
);
