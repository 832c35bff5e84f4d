import { describe, expect, test } from 'vitest';
import { runProgram } from '../support/child-program.js';

describe('a process that disconnects its cache during an outage', () => {
  test('has no timer that keeps it alive, and exits by itself', async () => {
    const { lines, code } = await runProgram('outage-cache', ['redis://127.0.0.1:1']);
    expect({ lines, code }).toEqual({ lines: ['outage true, journal 1', 'timers 0'], code: 0 });
  });
});
