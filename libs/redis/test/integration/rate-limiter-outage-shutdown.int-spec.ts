import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { startedPerTest } from '../support/started.js';

const program = fileURLToPath(new URL('../support/idle-limiter.mjs', import.meta.url));
const started = startedPerTest();

interface Run {
  /** What the program printed, as lines. */
  readonly lines: string[];
  readonly code: number | null;
}

/** Runs the program in a process of its own; `when` is called once it says it is ready. */
async function run(url: string, how: 'own' | 'shared' | 'nothing', when: () => unknown = () => {}): Promise<Run> {
  const child = spawn(process.execPath, [program, url, how], { stdio: ['pipe', 'pipe', 'inherit'] });
  const giveUp = setTimeout(() => child.kill('SIGKILL'), 15_000);
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
    if (!chunk.toString().includes('ready')) return;
    void Promise.resolve(when()).then(() => child.stdin.end('go\n'));
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  clearTimeout(giveUp);
  return { lines: output.trim().split('\n'), code };
}

const ENDED: Run = { lines: ['ready', 'closed in time'], code: 0 };

describe.each(['own', 'shared'] as const)('a process with a limiter, its connection %s', (how) => {
  test('ends by itself once it is closed, with the server there', async () => {
    const { url } = await started.server();
    expect(await run(url, how)).toEqual(ENDED);
  });

  test('ends with the server killed meanwhile', async () => {
    const server = await started.server();
    expect(await run(server.url, how, () => server.kill())).toEqual(ENDED);
  });

  test('ends with the server killed before', async () => {
    const server = await started.server();
    await server.kill();
    expect(await run(server.url, how)).toEqual(ENDED);
  });

  test('ends with the server frozen', async () => {
    const server = await started.server();
    started.undo(() => server.thaw());
    expect(await run(server.url, how, () => server.freeze())).toEqual(ENDED);
  });
});

test('a limiter on the embedded store needs no closing', async () => {
  expect(await run('memory://', 'nothing')).toEqual({ lines: ['ready'], code: 0 });
});
