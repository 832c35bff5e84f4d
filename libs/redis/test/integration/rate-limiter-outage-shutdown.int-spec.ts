import { describe, expect, test } from 'vitest';
import { runProgram, type ProgramRun } from '../support/child-program.js';
import { resourcesPerTest } from '../support/started.js';

const started = resourcesPerTest();

/** Runs the program in a child process, and calls `onReady` when it prints ready. */
function run(url: string, how: 'own' | 'shared' | 'nothing', onReady?: () => unknown): Promise<ProgramRun> {
  return runProgram('idle-limiter', [url, how], onReady);
}

const CLEAN_EXIT: ProgramRun = { lines: ['ready', 'closed in time'], code: 0 };

describe.each(['own', 'shared'] as const)('a process with a limiter and its %s connection', (how) => {
  test('exits after close with an available server', async () => {
    const { url } = await started.server();
    expect(await run(url, how)).toEqual(CLEAN_EXIT);
  });

  test('exits after close when the server is killed meanwhile', async () => {
    const server = await started.server();
    expect(await run(server.url, how, () => server.kill())).toEqual(CLEAN_EXIT);
  });

  test('exits after close when the server was killed before', async () => {
    const server = await started.server();
    await server.kill();
    expect(await run(server.url, how)).toEqual(CLEAN_EXIT);
  });

  test('exits after close when the server is frozen', async () => {
    const server = await started.server();
    started.undo(() => server.thaw());
    expect(await run(server.url, how, () => server.freeze())).toEqual(CLEAN_EXIT);
  });
});

test('a process with a limiter on the embedded store exits without close', async () => {
  expect(await run('memory://', 'nothing')).toEqual({ lines: ['ready'], code: 0 });
});
