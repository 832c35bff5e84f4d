import { expect, test } from 'vitest';
import { EXPECTED_SHARDS, runShards } from './shards.js';

test('an application uses shards with new and from the module', async () => {
  expect(await runShards()).toEqual(EXPECTED_SHARDS);
});
