import { describe, expect, test } from 'vitest';
import { naiveEngine } from './engines/naive.engine.js';
import { referenceEngine } from './engines/reference.engine.js';
import { describeHistory } from './histories/describe-history.js';
import { randomPlan } from './histories/random-plan.js';
import { runHistories, type BrokenHistory } from './histories/run-histories.js';
import { runHistory } from './histories/run-history.js';
import { shrink } from './histories/shrink.js';

const SEED = 1;

function messages(broken: readonly BrokenHistory[]): string[] {
  return broken.map(describeHistory);
}

describe('the interleaving checker', () => {
  test('finds that cache-aside without protection breaks G1 and G2', async () => {
    const { broken } = await runHistories(naiveEngine, { seed: SEED, histories: 300, maxBroken: 300 });
    const broke = new Set(broken.flatMap(({ violations }) => violations.map(({ guarantee }) => guarantee)));
    expect([...broke]).toEqual(expect.arrayContaining(['G1', 'G2']));
  });

  test('finds nothing wrong with a small cache whose loads hold leases', async () => {
    const { broken, done } = await runHistories(referenceEngine, { seed: SEED, histories: 1500 });
    expect(messages(broken)).toEqual([]);
    expect(done).toBe(1500);
  });

  test('runs the same history for the same seed and index', async () => {
    const run = async (): Promise<unknown> => runHistory(naiveEngine, randomPlan(SEED, 5));
    expect(await run()).toEqual(await run());
  });

  test('removes the events of a broken history that its violation does not need', async () => {
    const { broken } = await runHistories(naiveEngine, { seed: SEED, histories: 300, maxBroken: 300 });
    const longest = broken.toSorted((a, b) => b.plan.events.length - a.plan.events.length)[0];
    if (longest === undefined) throw new Error('no history is broken');
    const shrunk = await shrink(naiveEngine, longest);
    expect(shrunk.plan.events.length).toBeLessThan(longest.plan.events.length);
    expect(shrunk.violations.map(({ guarantee }) => guarantee)).toContain(longest.violations[0]?.guarantee);
  });

  test('names the guarantee, the events and the history in its description', async () => {
    const { broken } = await runHistories(naiveEngine, { seed: SEED, histories: 300 });
    const [text = ''] = messages(broken);
    expect(text).toMatch(/^G\d: /);
    expect(text).toMatch(/\d+ ms {2}process \d {2}getOrSet /);
    expect(text).toMatch(/history 1:\d+$/);
  });
});
