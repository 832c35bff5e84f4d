import { beforeEach, describe, expect, test } from 'vitest';
import { VirtualTime } from '../../../test/support/virtual-time.js';
import { MemoryAdapter } from '../../adapters/memory.adapter.js';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import type { CacheStore, ScanOptions } from '../../domain/cache-store.js';
import type { CleanupOptions } from './cleanup-options.js';
import type { CleanupReport } from './cleanup-report.js';
import { CleanupService } from './cleanup.service.js';

const KEYS = 1000;

let time: VirtualTime;
let memory: MemoryAdapter;

beforeEach(async () => {
  time = new VirtualTime();
  memory = new MemoryAdapter({ keyPrefix: 'app:' }, time.clock);
  for (let i = 0; i < KEYS; i++) await memory.set(`key:${i}`, i);
});

function cleanupOn(store: CacheStore, options: Partial<CleanupOptions> = {}, random = 0.5): CleanupService {
  const environment = { clock: time.clock, timers: time.timers, random: () => random };
  return new CleanupService(store, { jobs: ['no-ttl'], dryRun: false, ...options }, '', environment);
}

/** The store, with `before` called before each step of a scan. */
function steppedStore(before: (step: number) => unknown): CacheStore {
  const { keys } = memory.can;
  let step = 0;
  async function* scan(options?: ScanOptions) {
    await before(step++);
    for await (const batch of keys?.scan(options) ?? []) {
      yield batch;
      await before(step++);
    }
  }
  return Object.assign(Object.create(memory), { can: { ...memory.can, keys: { ...keys, scan } } });
}

/** Runs, and moves the time until the run has ended. */
async function runOn(cleanup: CleanupService): Promise<CleanupReport> {
  let report: CleanupReport | undefined;
  const run = cleanup.run().then((ended) => (report = ended));
  while (report === undefined) await time.advance(100);
  return run;
}

describe('CleanupService', () => {
  test('stop() ends a scheduled run that still waits for its random delay', async () => {
    const cleanup = cleanupOn(memory, { noTtl: 'delete' });
    const scheduled = cleanup.runScheduled(0, 10_000);
    const [report] = await Promise.all([scheduled, cleanup.stop()]);
    expect(report).toMatchObject({ outcome: 'partial', removed: {} });
  });

  test('returns a report, emits it, and counts it by job', async () => {
    const cleanup = cleanupOn(memory, { jobs: ['no-ttl', 'expired'], noTtl: 'delete' });
    const emitted: CleanupReport[] = [];
    cleanup.on('finished', (each) => emitted.push(each));
    const report = await runOn(cleanup);
    expect(report).toMatchObject({ outcome: 'ok', removed: { 'no-ttl': KEYS }, jobs: ['no-ttl', 'expired'] });
    expect(emitted).toEqual([report]);
    const stats = cleanup.stats();
    expect(stats['no-ttl']).toMatchObject({ runs: { ok: 1 }, removed: { 'no-ttl': KEYS } });
    expect(stats['no-ttl'].lastSuccessMs).toBeLessThanOrEqual(time.clock.wallMs());
    expect(stats.expired).toMatchObject({ runs: { ok: 1 }, removed: {} });
    expect(stats.flushed).toMatchObject({ runs: { ok: 0 }, lastSuccessMs: undefined });
  });

  test('does not overlap: a second run is skipped', async () => {
    const [first, second] = [cleanupOn(memory), cleanupOn(memory)];
    const running = runOn(first);
    expect((await second.run()).outcome).toBe('skipped-lock');
    expect((await running).outcome).toBe('ok');
    expect(second.stats()['no-ttl'].runs).toMatchObject({ 'skipped-lock': 1, ok: 0 });
  });

  test('stops between two steps when the lock is lost, and the next run sees every key that was not checked', async () => {
    const store = steppedStore((step) => step === 2 && memory.delete('~lock:cleanup').then(() => time.advance(5000)));
    const report = await runOn(cleanupOn(store, { noTtl: 'delete' }));
    expect(report).toMatchObject({ outcome: 'partial', code: 'LOCK_LOST', scanned: 400 });
    const next = await runOn(cleanupOn(memory, { noTtl: 'delete' }));
    expect(next.outcome).toBe('ok');
    expect(next.scanned).toBeGreaterThanOrEqual(KEYS - 400);
    for (let i = 0; i < KEYS; i++) expect(await memory.has(`key:${i}`)).toBe(false);
  });

  test('repeats a step that fails for a moment, and reports an error that lasts', async () => {
    const unavailable = new RedisInfraError('CONNECTION_FAILED', 'unavailable');
    const failing = (steps: readonly number[]) =>
      steppedStore((step) => {
        if (steps.includes(step)) throw unavailable;
      });
    expect(await runOn(cleanupOn(failing([2])))).toMatchObject({ outcome: 'ok', found: { 'no-ttl': KEYS } });
    const report = await runOn(cleanupOn(failing([2, 3, 4, 5])));
    expect(report).toMatchObject({ outcome: 'error', code: 'CONNECTION_FAILED', scanned: 400 });
    // And the lock and the progress.
    expect(await runOn(cleanupOn(memory))).toMatchObject({ outcome: 'ok', resumed: true, scanned: KEYS - 400 + 2 });
  });

  test('ends at its maximum duration, and continues', async () => {
    const slow = steppedStore(() => time.advance(60));
    const options = { maxDuration: '100ms', noTtl: 'expire' } as const;
    const first = await runOn(cleanupOn(slow, options));
    expect(first.outcome).toBe('partial');
    const second = await runOn(cleanupOn(memory, { noTtl: 'expire' }));
    expect(second).toMatchObject({ outcome: 'ok', resumed: true });
    expect(first.expiring + second.expiring).toBe(KEYS);
  });

  test('does not continue a run that looked for something else', async () => {
    await runOn(cleanupOn(memory, { maxKeys: 1 }));
    expect(await runOn(cleanupOn(memory, { jobs: ['expired'] }))).toMatchObject({ resumed: false });
  });

  test('runs once in an interval for the whole fleet, at random moments, with timers that end with stop()', async () => {
    const fleet = [0, 0.5, 0.9].map((random) => cleanupOn(memory, { schedule: '1h' }, random));
    const outcomes: string[] = [];
    for (const each of fleet) {
      each.on('finished', ({ outcome }) => outcomes.push(outcome));
      each.start();
    }
    expect(time.running).toBe(3);
    await time.advance(3_600_000);
    expect(outcomes.sort()).toEqual(['ok', 'skipped-lock', 'skipped-lock']);
    await time.advance(3_600_000);
    expect(outcomes.filter((outcome) => outcome === 'ok')).toHaveLength(2);
    await Promise.all(fleet.map((each) => each.stop()));
    expect(time.running).toBe(0);
  });

  test('refuses bad options', () => {
    const invalid = (path: string) => expect.objectContaining({ code: 'OPTION_INVALID', context: { path } });
    for (const [path, options] of Object.entries({
      jobs: { jobs: [] },
      maxKeys: { maxKeys: 0 },
      noTtl: { noTtl: 'drop' },
      schedule: { schedule: 'hourly' },
      surely: { surely: 1 },
    }))
      expect(() => cleanupOn(memory, options as object)).toThrow(invalid(path));
    expect(() => cleanupOn(new MemoryAdapter())).toThrow(invalid('keyPrefix'));
    expect(() => cleanupOn(memory, { schedule: '* * * * *' }).start()).toThrow(invalid('schedule'));
  });
});
