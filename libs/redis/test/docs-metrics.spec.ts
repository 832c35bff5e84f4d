import { join } from 'node:path';
import { expect, test } from 'vitest';
import { withCurrentTables } from './docs/metrics-reference.js';
import { read, ROOT } from './docs/workspace.js';

const PAGE = 'docs/reference/metrics.md';

// Update it with: npx vitest run libs/redis/test/docs-metrics.spec.ts -u
test('the reference of the metrics lists the metrics as they are defined', async () => {
  await expect(withCurrentTables(read(PAGE))).toMatchFileSnapshot(join(ROOT, PAGE));
});
