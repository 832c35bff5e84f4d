import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { FleetLock } from '../../src/index.js';
import { runProgram } from '../support/child-program.js';
import { eventually } from '../support/eventually.js';
import { LONG_DEADLINE, resourcesPerTest } from '../support/started.js';

const PROGRAM = fileURLToPath(new URL('../support/lock-process.mjs', import.meta.url));
const TIMEOUT_MS = 60_000;
const TTL_MS = 1500;
const OPTIONS = { keyPrefix: 'app:', ...LONG_DEADLINE };

const started = resourcesPerTest();

interface Line {
  readonly event: 'acquired' | 'resumed' | 'lost' | 'released';
  readonly fence?: number;
  readonly aborted?: boolean;
  readonly code?: string;
}

/** A process that holds the lock `hold`. */
class Holder {
  readonly lines: Line[] = [];

  constructor(private readonly child: ChildProcess) {
    createInterface(child.stdout ?? process.stdin).on('line', (line) => this.lines.push(JSON.parse(line)));
    started.undo(() => child.kill('SIGKILL'));
  }

  static start(url: string, ttlMs: number): Holder {
    const args = [PROGRAM, url, 'hold', String(ttlMs)];
    return new Holder(spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] }));
  }

  /** Waits for an event of the process. */
  async event(event: Line['event']): Promise<Line> {
    const find = (): Line | undefined => this.lines.find((line) => line.event === event);
    await eventually(() => find() !== undefined, 20_000);
    return find() ?? expect.fail();
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  async release(): Promise<void> {
    const exit = once(this.child, 'exit');
    this.child.stdin?.end('release\n');
    await exit;
  }
}

describe('a lock of several processes', () => {
  test(
    'has one holder at a time, and its fencing numbers grow',
    async () => {
      const server = await started.server();
      const rounds = 15;
      const runs = await Promise.all(
        [1, 2, 3, 4].map(() => runProgram('lock-process', [server.url, 'count', `${rounds}`], () => {}, TIMEOUT_MS)),
      );
      expect(runs.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
      const redis = started.adapter(server.url, OPTIONS);
      expect(await redis.get('counter')).toBe(4 * rounds);
      const fences = (await redis.get<number[]>('fences')) ?? [];
      expect(new Set(fences).size).toBe(4 * rounds);
      expect([...fences].sort((a, b) => a - b)).toEqual(fences);
    },
    TIMEOUT_MS,
  );

  test(
    'is lost by a process that was stopped beyond the ttl, which then cannot release it',
    async () => {
      const server = await started.server();
      const holder = Holder.start(server.url, TTL_MS);
      const { fence = NaN } = await holder.event('acquired');
      holder.signal('SIGSTOP');
      const stoppedMs = performance.now();
      const lock = new FleetLock(started.adapter(server.url, OPTIONS));
      const successor = await lock.acquire('hold', { wait: '20s' });
      // On a busy machine the lock may have expired before the process was stopped.
      await eventually(() => performance.now() - stoppedMs > 2 * TTL_MS);
      expect(successor.fence).toBeGreaterThan(fence);
      holder.signal('SIGCONT');
      expect(await holder.event('resumed')).toMatchObject({ aborted: true });
      expect(await holder.event('lost')).toMatchObject({ code: 'LOCK_LOST' });
      await holder.release();
      expect(holder.lines.at(-1)).toEqual({ event: 'released' });
      expect(await lock.tryAcquire('hold')).toBeUndefined();
      expect(successor.signal.aborted).toBe(false);
      await successor.release();
    },
    TIMEOUT_MS,
  );

  test(
    'is free again after its holder was killed and the ttl has ended',
    async () => {
      const server = await started.server();
      const holder = Holder.start(server.url, TTL_MS);
      const { fence = NaN } = await holder.event('acquired');
      holder.signal('SIGKILL');
      const lock = new FleetLock(started.adapter(server.url, OPTIONS));
      expect(await lock.tryAcquire('hold')).toBeUndefined();
      const successor = await lock.acquire('hold', { wait: '20s' });
      expect(successor.fence).toBeGreaterThan(fence);
      await successor.release();
    },
    TIMEOUT_MS,
  );
});
