import { describe, test } from 'vitest';
import { ALL_VECTORS } from './vectors/all-vectors.js';
import { runVector } from './vectors/run-vector.js';
import { TwinDecider } from './vectors/twin-decider.js';

describe.each(ALL_VECTORS)('the twin of decide.lua, %s', (_, vectors) => {
  test.each(vectors)('$name', async (vector) => {
    await runVector(vector, new TwinDecider(), 'subject');
  });
});
