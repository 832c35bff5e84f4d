import { optionInvalid } from '../../common/options.js';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import { SYSTEM_ENVIRONMENT, type Environment } from '../../common/time/environment.js';
import { TypedEmitter, type On } from '../../common/typed-emitter.js';
import type { CacheStore, KeyScanner, ScriptHost } from '../../domain/cache-store.js';
import { requireStore } from '../../domain/models/is-store.js';
import { FleetLock } from '../lock/fleet-lock.js';
import type { HeldLock } from '../lock/held-lock.js';
import {
  resolveCleanupOptions,
  type CleanupOptions,
  type CleanupSchedule,
  type ResolvedCleanupOptions,
} from './cleanup-options.js';
import { Findings, type CleanupEvents, type CleanupOutcome, type CleanupReport } from './cleanup-report.js';
import { CleanupCounters, type CleanupStats } from './cleanup-stats.js';
import { CleanupTimer } from './cleanup.timer.js';
import { CleanupRun } from './run/cleanup-run.js';
import { Pacer } from './run/pacer.js';

/** The name of the lock: one process of the fleet cleans a store at a time. */
const LOCK = 'cleanup';
const LOCK_OPTIONS = { ttl: '5s', wait: 0 } as const;

interface Result {
  readonly outcome: CleanupOutcome;
  readonly resumed: boolean;
  readonly error?: unknown;
}

/**
 * Finds and removes what Redis keeps without need, among the keys under the prefix of a store: what invalidations left
 * behind, expired entries, keys that never expire. One process of the fleet runs at a time, in short steps beside the
 * traffic; a run that ends early is continued by the next one, in any process. Nothing is changed unless `dryRun` is false.
 *
 * @example
 * const cleanup = new CleanupService(redis, { schedule: '1h' });
 * const { found, bytes } = await cleanup.run();
 * @see docs/reference/cleanup.md
 */
export class CleanupService {
  /** Subscribes to an event. The returned function ends the subscription. */
  readonly on: On<CleanupEvents>;
  private readonly keys: KeyScanner;
  private readonly scripts: ScriptHost;
  private readonly lock: FleetLock;
  private readonly events = new TypedEmitter<CleanupEvents>();
  private readonly counters = new CleanupCounters();
  private readonly resolved: ResolvedCleanupOptions;
  private readonly running = new Set<Promise<CleanupReport>>();
  private readonly timer: CleanupTimer;
  private stopping = new AbortController();

  /**
   * @param store a store that scans keys and runs scripts: a RedisAdapter, a ShardedCache or a MemoryAdapter
   * @param options `schedule` is only needed for `start()`
   * @throws RedisInfraError OPTION_INVALID, also if the key prefix of the store is empty and `wholeDatabase` is not true
   */
  constructor(store: CacheStore, options?: Partial<CleanupOptions>);
  /** @internal */
  constructor(store: CacheStore, options?: Partial<CleanupOptions>, path?: string, environment?: Environment);
  constructor(
    private readonly store: CacheStore,
    private readonly options: Partial<CleanupOptions> = {},
    path = '',
    private readonly environment: Environment = SYSTEM_ENVIRONMENT,
  ) {
    requireStore(store, 'store');
    const { keys, scripts } = store.can ?? {};
    if (keys === undefined || scripts === undefined)
      throw optionInvalid('store', 'must scan keys and run scripts: pass a RedisAdapter or a ShardedCache');
    this.keys = keys;
    this.scripts = scripts;
    this.resolved = resolveCleanupOptions(options, path);
    checkScope(keys, this.resolved);
    this.lock = new FleetLock(store, {}, environment);
    this.on = this.events.on;
    this.timer = new CleanupTimer(this, environment);
  }

  /** When it runs, as the options say; undefined without a schedule. */
  get schedule(): CleanupSchedule | undefined {
    return this.resolved.schedule;
  }

  /** The counts of this process since its start. Reads fields only. */
  stats(): CleanupStats {
    return this.counters.snapshot();
  }

  /**
   * Runs now, and resolves when the run has ended. A failure of Redis is the outcome `error`.
   * @param options replace those of the constructor, for this run
   * @throws RedisInfraError OPTION_INVALID
   */
  async run(options: Partial<CleanupOptions> = {}): Promise<CleanupReport> {
    return this.track(this.reported(this.resolve(options), 0));
  }

  /**
   * Runs if no process of the fleet has begun a run in the last `minGapMs` milliseconds. For schedulers, which start a run in
   * every process.
   * @param jitterMs waits for a random part of this time first. @default 0
   */
  async runScheduled(minGapMs: number, jitterMs = 0): Promise<CleanupReport> {
    return this.track(this.delayed(minGapMs, jitterMs));
  }

  /**
   * Runs every `schedule` from now on, at a random moment of its last tenth. The timer does not keep the process alive.
   * @throws RedisInfraError OPTION_INVALID if `schedule` is a cron expression, which needs `nestjs-redis-infra/schedule`
   */
  start(): void {
    const { schedule } = this.resolved;
    if (schedule === undefined) throw optionInvalid('schedule', 'is required to start the cleanup');
    if ('cron' in schedule)
      throw optionInvalid('schedule', 'a cron expression needs RedisScheduleModule of nestjs-redis-infra/schedule');
    this.timer.start(schedule.intervalMs);
  }

  /** Ends the schedule. A run of this process ends after its current step; the next run, of any process, continues it. */
  async stop(): Promise<void> {
    this.timer.stop();
    this.stopping.abort();
    await Promise.all(this.running);
    this.stopping = new AbortController();
  }

  private resolve(options: Partial<CleanupOptions>): ResolvedCleanupOptions {
    const resolved = resolveCleanupOptions({ ...this.options, ...options });
    checkScope(this.keys, resolved);
    return resolved;
  }

  /** A stop during the delay must find the run, or it would begin afterwards. */
  private async delayed(minGapMs: number, jitterMs: number): Promise<CleanupReport> {
    const { random } = this.environment;
    if (jitterMs > 0) await new Pacer(this.environment).pause(jitterMs * random(), this.stopping.signal);
    return this.reported(this.resolved, minGapMs);
  }

  private async track(run: Promise<CleanupReport>): Promise<CleanupReport> {
    this.running.add(run);
    return run.finally(() => this.running.delete(run));
  }

  private async reported(options: ResolvedCleanupOptions, minGapMs: number): Promise<CleanupReport> {
    const { clock } = this.environment;
    const beganMs = clock.monotonicMs();
    const findings = new Findings();
    const { outcome, resumed, error } = await this.locked(options, minGapMs, findings);
    const report = Object.freeze<CleanupReport>({
      outcome,
      scanned: findings.scanned,
      removed: { ...findings.removed },
      found: { ...findings.found },
      expiring: findings.expiring,
      bigKeys: findings.bigKeys,
      bytes: findings.bytes,
      durationMs: clock.monotonicMs() - beganMs,
      resumed,
      jobs: options.jobs,
      code: error instanceof RedisInfraError ? error.code : undefined,
    });
    this.counters.count(report, clock.wallMs());
    this.events.emit('finished', report);
    return report;
  }

  private async locked(options: ResolvedCleanupOptions, minGapMs: number, findings: Findings): Promise<Result> {
    let lock: HeldLock | undefined;
    let run: CleanupRun | undefined;
    try {
      lock = await this.lock.tryAcquire(LOCK, LOCK_OPTIONS);
      if (lock === undefined) return { outcome: 'skipped-lock', resumed: false };
      run = this.createRun(options, lock, minGapMs, findings);
      const end = await run.run();
      const complete = options.dryRun ? 'dry-run' : 'ok';
      const outcome = { complete, partial: 'partial', skipped: 'skipped-lock' } as const;
      return { outcome: outcome[end], resumed: run.resumed };
    } catch (error) {
      if (!(error instanceof RedisInfraError)) throw error;
      return { outcome: lock?.signal.aborted === true ? 'partial' : 'error', resumed: run?.resumed ?? false, error };
    } finally {
      await lock?.release().catch(() => {});
    }
  }

  private createRun(options: ResolvedCleanupOptions, lock: HeldLock, minGapMs: number, findings: Findings): CleanupRun {
    const { keys, scripts, environment } = this;
    const can = this.store.can ?? {};
    const { signal: stopping } = this.stopping;
    const pacer = new Pacer(environment);
    return new CleanupRun({ keys, scripts, can, options, lock, pacer, environment, stopping, minGapMs }, findings);
  }
}

/** As for `clear`: an empty prefix covers keys of other applications. */
function checkScope({ keyPrefix }: KeyScanner, { wholeDatabase }: ResolvedCleanupOptions): void {
  if ((keyPrefix === undefined || keyPrefix === '') && !wholeDatabase) {
    throw optionInvalid(
      'keyPrefix',
      'is empty, so a cleanup would cover every key of the database: set a prefix, or wholeDatabase: true',
    );
  }
}
