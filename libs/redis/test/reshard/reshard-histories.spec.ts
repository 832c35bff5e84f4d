import { afterEach, describe, expect, test, vi } from 'vitest';
import { MovedKeys } from '../../src/service/sharded/fan-out/moved-keys.js';
import type { ModelFaults } from './model-process.js';
import { runReshardHistory, type HistoryResult } from './reshard-history.js';

const BATCH = 150;
const TIMEOUT_MS = 120_000;
/** Both owners are read most of the time. */
const BETWEEN_OWNERS = [1, 2, 1, 2, 1, 2, 1, 2];

/** The number of histories within which each missing mechanism is found. */
const UNTIL_FOUND = 200;

const { aroundChange } = MovedKeys.prototype;
const nothing = async (): Promise<void> => {};

afterEach(() => {
  vi.restoreAllMocks();
});

async function runHistories(first: number): Promise<HistoryResult> {
  const sum = { violations: [] as string[], hits: 0, changes: 0, entered: 0 };
  for (let index = first; index < first + BATCH; index++) {
    const { violations, hits, changes, entered } = await runReshardHistory({ index });
    sum.violations.push(...violations.map((violation) => `history ${index}: ${violation}`));
    sum.hits += hits;
    sum.changes += changes;
    sum.entered += entered;
  }
  return sum;
}

/** The index of the first history with a violation; undefined if there is none. */
async function firstViolation(faults: ModelFaults = {}, walk?: readonly number[]): Promise<number | undefined> {
  for (let index = 0; index < UNTIL_FOUND; index++) {
    if ((await runReshardHistory({ index, faults, walk })).violations.length > 0) return index;
  }
  return undefined;
}

describe('processes in neighbouring phases of a reshard', () => {
  test.each([0, 1, 2, 3])(
    'never read a value after the change that replaced it, while they are stopped, killed and go back (batch %i)',
    async (batch) => {
      const { violations, hits, changes, entered } = await runHistories(batch * BATCH);
      expect(violations).toEqual([]);
      expect(hits).toBeGreaterThan(BATCH * 20);
      expect(changes).toBeGreaterThan(BATCH * 20);
      expect(entered).toBeGreaterThan(BATCH * 5);
    },
    TIMEOUT_MS,
  );
});

describe('the checker of a reshard', () => {
  test('finds that changes do not remove the key from its other owner', { timeout: TIMEOUT_MS }, async () => {
    vi.spyOn(MovedKeys.prototype, 'aroundChange').mockImplementation((_, run) => run());
    expect(await firstViolation({}, BETWEEN_OWNERS)).toBeDefined();
  });

  test(
    'finds that the key is removed from its other owner only after the change',
    { timeout: TIMEOUT_MS },
    async () => {
      vi.spyOn(MovedKeys.prototype, 'aroundChange').mockImplementation(async function (this: MovedKeys, moved, run) {
        const result = await run();
        // A slow process.
        const unused = moved.map((each) => ({ ...each, key: 'unused' }));
        for (let i = 0; i < 3; i++) await aroundChange.call(this, unused, nothing);
        await aroundChange.call(this, moved, nothing);
        return result;
      });
      expect(await firstViolation({}, BETWEEN_OWNERS)).toBeDefined();
    },
  );

  test(
    'finds that the key is removed from its other owner only before the change',
    { timeout: TIMEOUT_MS },
    async () => {
      vi.spyOn(MovedKeys.prototype, 'aroundChange').mockImplementation(async function (this: MovedKeys, moved, run) {
        await aroundChange.call(this, moved, nothing);
        return run();
      });
      expect(await firstViolation({}, BETWEEN_OWNERS)).toBeDefined();
    },
  );

  test.each<[string, ModelFaults]>([
    ['processes do not read the stamps', { isUnguarded: true }],
    ['a phase begins before an older one has ended everywhere', { hasNoGrace: true }],
  ])(
    'finds that %s',
    async (_, faults) => {
      expect(await firstViolation(faults)).toBeDefined();
    },
    TIMEOUT_MS,
  );
});
