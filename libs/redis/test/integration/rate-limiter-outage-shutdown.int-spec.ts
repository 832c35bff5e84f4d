import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { resourcesPerTest } from '../support/started.js';

const program = fileURLToPath(new URL('../support/idle-limiter.mjs', import.meta.url));
const started = resourcesPerTest();

interface Run {
  /** Output of the program. */
  readonly lines: string[];
  readonly code: number | null;
}

/** Runs the program in a child process, and calls `onReady` when it prints ready. */
async function run(url: string, how: 'own' | 'shared' | 'nothing', onReady: () => unknown = () => {}): Promise<Run> {
  const child = spawn(process.execPath, [program, url, how], { stdio: ['pipe', 'pipe', 'inherit'] });
  const giveUp = setTimeout(() => child.kill('SIGKILL'), 15_000);
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
    if (!chunk.toString().includes('ready')) return;
    void Promise.resolve(onReady()).then(() => child.stdin.end('go\n'));
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  clearTimeout(giveUp);
  return { lines: output.trim().split('\n'), code };
}

const CLEAN_EXIT: Run = { lines: ['ready', 'closed in time'], code: 0 };

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
