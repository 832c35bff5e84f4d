import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { CleanupReport } from '../../src/index.js';
import { eventually } from '../support/eventually.js';
import { expiringKeys, writeKeys } from '../support/many-keys.js';
import { resourcesPerTest } from '../support/started.js';

const PROGRAM = fileURLToPath(new URL('../support/cleanup-process.mjs', import.meta.url));
const TIMEOUT_MS = 90_000;
const KEYS = 50_000;

const started = resourcesPerTest();

/** A process that runs a cleanup at a line of input. */
class Runner {
  private readonly lines: string[] = [];

  private constructor(private readonly child: ChildProcess) {
    createInterface(child.stdout ?? process.stdin).on('line', (line) => this.lines.push(line));
    started.undo(() => child.kill('SIGKILL'));
  }

  static async start(url: string): Promise<Runner> {
    const runner = new Runner(spawn(process.execPath, [PROGRAM, url], { stdio: ['pipe', 'pipe', 'inherit'] }));
    await eventually(() => runner.lines.includes('ready'), 20_000);
    return runner;
  }

  begin(): void {
    this.child.stdin?.write('go\n');
  }

  async report(): Promise<CleanupReport> {
    await eventually(() => this.lines.length > 1, 60_000);
    return JSON.parse(this.lines[1] ?? '') as CleanupReport;
  }

  async kill(): Promise<void> {
    const exit = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exit;
  }
}

describe('a cleanup in several processes', () => {
  test(
    'has exactly one runner among five processes, which sees every key once',
    async () => {
      const server = await started.server();
      await writeKeys(server, 'app:', KEYS);
      await writeKeys(server, 'other:', 1000);
      const runners = await Promise.all(Array.from({ length: 5 }, () => Runner.start(server.url)));
      runners.forEach((runner) => runner.begin());
      const reports = await Promise.all(runners.map((runner) => runner.report()));
      const outcomes = reports.map(({ outcome }) => outcome).sort();
      expect(outcomes).toEqual(['ok', 'skipped-lock', 'skipped-lock', 'skipped-lock', 'skipped-lock']);
      const report = reports.find(({ outcome }) => outcome === 'ok');
      expect(report?.expiring).toBe(KEYS);
      // Those, the lock and the progress.
      expect(await expiringKeys(server)).toBe(KEYS + 2);
    },
    TIMEOUT_MS,
  );

  test(
    'is continued by another process after its runner was killed',
    async () => {
      const server = await started.server();
      await writeKeys(server, 'app:', KEYS);
      const killed = await Runner.start(server.url);
      killed.begin();
      const progress = async (): Promise<string> => String(await server.command('GET', 'app:~cleanup:real'));
      await eventually(async () => (await progress()).includes('"cursor":'), 30_000);
      await killed.kill();
      const successor = await Runner.start(server.url);
      // The lock of the killed process expires by itself.
      await eventually(async () => {
        const until = String(await server.command('GET', 'app:~lock:cleanup')).split(' ')[2];
        return Number(until) < Date.now();
      }, 20_000);
      successor.begin();
      const report = await successor.report();
      expect(report).toMatchObject({ outcome: 'ok', resumed: true });
      expect(report.scanned).toBeLessThan(KEYS);
      expect(await expiringKeys(server)).toBe(KEYS + 2);
    },
    TIMEOUT_MS,
  );
});
