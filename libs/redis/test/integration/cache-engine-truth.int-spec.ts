import { expect, test } from 'vitest';
import { runProgram } from '../support/child-program.js';
import { resourcesPerTest } from '../support/started.js';

const started = resourcesPerTest();
const PROCESSES = 3;
const OPERATIONS = 10_000;
const TIMEOUT_MS = 60_000;
const SEED = 20_261;

interface Report {
  readonly operations: number;
  readonly loads: number;
  readonly changes: number;
  readonly violations: readonly unknown[];
  readonly skippedWrites: number;
}

test(
  'three processes with 10,000 random operations read no value that an acknowledged change had invalidated',
  { timeout: TIMEOUT_MS },
  async () => {
    const server = await started.server();
    const each = Math.ceil(OPERATIONS / PROCESSES);
    const runs = Array.from({ length: PROCESSES }, async (_, i) => {
      const args = [server.url, SEED + i, each, i, PROCESSES].map(String);
      const { lines, code } = await runProgram('cache-truth-process', args, undefined, TIMEOUT_MS);
      expect(code).toBe(0);
      return JSON.parse(lines.at(-1) ?? '') as Report;
    });
    for (const { operations, loads, changes, violations, skippedWrites } of await Promise.all(runs)) {
      expect({ violations, skippedWrites }).toEqual({ violations: [], skippedWrites: 0 });
      expect(operations).toBeGreaterThanOrEqual(each);
      expect(Math.min(loads, changes)).toBeGreaterThan(100);
      // Most reads are hits, or the test would test nothing.
      expect(loads).toBeLessThan(operations * 0.7);
    }
  },
);
