import { RedisInfraError } from '../../../common/redis-infra.error.js';
import type { Environment } from '../../../common/time/environment.js';
import type { KeyScanner, ScriptHost, StoreCapabilities } from '../../../domain/cache-store.js';
import { cleanupKey, versionedPrefixOf } from '../../../domain/models/internal-keys.js';
import type { HeldLock } from '../../lock/held-lock.js';
import type { ResolvedCleanupOptions } from '../cleanup-options.js';
import type { Findings } from '../cleanup-report.js';
import { KEYSPACE } from '../script/cleanup.scripts.js';
import { InvalidEntries } from './invalid-entries.js';
import { KeyCheck } from './key-check.js';
import type { Pacer } from './pacer.js';
import { StoredProgress, type Progress } from './progress.js';

/** SCAN's COUNT. */
const SCAN_COUNT = 200;
/** The progress is stored again after this time: so much work is repeated after a crash. */
const SAVE_MS = 500;
/** A step that fails for a moment is repeated this often, after this time. */
const MAX_RETRIES = 3;
const RETRY_MS = 1000;

export interface CleanupRunParts {
  readonly keys: KeyScanner;
  readonly scripts: ScriptHost;
  readonly can: StoreCapabilities;
  readonly options: ResolvedCleanupOptions;
  readonly lock: HeldLock;
  readonly pacer: Pacer;
  readonly environment: Environment;
  /** Aborts when the service stops. */
  readonly stopping: AbortSignal;
  /** A scheduled run is skipped if the last one began less than this long ago. 0 runs always. */
  readonly minGapMs: number;
}

/** How a run ended. */
export type CleanupEnd = 'complete' | 'partial' | 'skipped';

/** One run, by the holder of the lock: scans node after node in short steps, and keeps where it continues. */
export class CleanupRun {
  resumed = false;
  private readonly check: KeyCheck;
  private readonly invalid: InvalidEntries | undefined;
  private readonly stored: StoredProgress;
  private readonly startedMs: number;
  private readonly sweptPrefixes = new Set<string>();
  private savedMs: number;
  private retries = 0;

  constructor(
    private readonly parts: CleanupRunParts,
    private readonly findings: Findings,
  ) {
    const { can, scripts, options, lock, environment } = parts;
    this.invalid = can.entries && new InvalidEntries(can.entries, can.shards);
    this.check = new KeyCheck(scripts, this.invalid, options);
    this.stored = new StoredProgress(scripts, options.dryRun, lock.fence);
    this.savedMs = this.startedMs = environment.clock.monotonicMs();
  }

  /** @throws the error of a store that is unavailable */
  async run(): Promise<CleanupEnd> {
    const { lock, minGapMs } = this.parts;
    const before = await this.stored.load();
    if (before?.isFinished === true && lock.fence - before.beganAt < minGapMs) return 'skipped';
    let progress = this.firstProgress(before);
    const nodes = (await this.parts.keys.nodes?.()) ?? [undefined];
    if (await this.hasNothingToFind(nodes.length)) return this.finish(progress);
    for (const node of nodes) {
      if (node !== undefined && progress.done.includes(node)) continue;
      if (this.mustEnd()) return this.interrupt(progress);
      const from = progress.node === node ? progress.cursor : undefined;
      const after = await this.scanNode({ ...progress, node, cursor: from });
      if (after === undefined) return 'partial';
      const done = node === undefined ? [] : [...after.done, node];
      progress = { ...after, done, node: undefined, cursor: undefined };
    }
    if (!this.parts.options.dryRun) await this.endSweeps();
    return this.finish(progress);
  }

  /** The stored progress if it is of an unfinished run that looks for the same. */
  private firstProgress(before: Progress | undefined): Progress {
    const { options, lock } = this.parts;
    const work = [options.noTtl, ...options.jobs].join(' ');
    this.resumed = before !== undefined && !before.isFinished && before.work === work;
    if (this.resumed && before !== undefined) return before;
    return { work, beganAt: lock.fence, isFinished: false, done: [], node: undefined, cursor: undefined };
  }

  /** INFO tells of a single server without a scan that it has no keys, or none that never expires. */
  private async hasNothingToFind(nodes: number): Promise<boolean> {
    const { can, scripts, options } = this.parts;
    if (nodes > 1 || can.shards !== undefined || scripts.groupOf !== undefined) return false;
    const [keys = -1, expiring = -1] = await scripts.run(KEYSPACE, [cleanupKey('real')], []);
    const onlyWithoutTtl = options.jobs.every((job) => job === 'no-ttl' || job === 'stale-internal');
    return keys >= 0 && keys === expiring && (onlyWithoutTtl || keys === 0);
  }

  /** Scans a node from the cursor. Undefined if the run must end before the node is scanned; the progress is stored then. */
  private async scanNode(first: Progress): Promise<Progress | undefined> {
    let progress = first;
    for (;;) {
      try {
        for await (const step of this.steps(progress)) {
          progress = step;
          this.retries = 0;
          if (progress.cursor === undefined) return progress;
          if (this.mustEnd()) return void (await this.stored.save(progress));
        }
        return progress;
      } catch (error) {
        if (!isTransient(error) || this.retries++ >= MAX_RETRIES || this.mustEnd()) {
          await this.stored.save(progress).catch(() => false);
          throw error;
        }
        await this.pause(RETRY_MS);
      }
    }
  }

  /** Yields the progress after each step; without a cursor after the last one. */
  private async *steps(from: Progress): AsyncGenerator<Progress> {
    const { keys, environment, pacer } = this.parts;
    const { node, cursor } = from;
    let beganMs = environment.clock.monotonicMs();
    const position = node === undefined ? {} : { node, cursor };
    for await (const batch of keys.scan({ ...position, count: SCAN_COUNT })) {
      await this.checkKeys(batch.keys);
      // Without a node the cursor of a batch may belong to any node.
      const isLast = batch.cursor === '0' && node !== undefined;
      const progress = { ...from, cursor: isLast || node === undefined ? undefined : batch.cursor };
      await this.saveSometimes(progress);
      if (isLast) return yield progress;
      yield node === undefined ? { ...progress, cursor: '0' } : progress;
      await this.pause(pacer.pauseAfter(environment.clock.monotonicMs() - beganMs));
      beganMs = environment.clock.monotonicMs();
    }
    yield { ...from, cursor: undefined };
  }

  private async checkKeys(keys: readonly string[]): Promise<void> {
    // Ends the run before the cursor moves: nothing may be changed without the lock.
    this.parts.lock.signal.throwIfAborted();
    this.findings.scanned += keys.length;
    for (const key of keys) {
      const prefix = versionedPrefixOf(key);
      if (prefix !== undefined) this.sweptPrefixes.add(prefix);
    }
    if (keys.length > 0) await this.check.check(keys, this.findings);
  }

  private async endSweeps(): Promise<void> {
    if (!this.parts.options.jobs.includes('flushed')) return;
    for (const prefix of this.sweptPrefixes) {
      if (this.mustEnd()) return;
      const removed = (await this.invalid?.sweep(prefix)) ?? 0;
      if (removed === 0) continue;
      this.findings.addFound('flush', removed);
      this.findings.addRemoved('flush', removed);
    }
  }

  private async finish(progress: Progress): Promise<CleanupEnd> {
    await this.stored.save({ ...progress, isFinished: true, done: [], node: undefined, cursor: undefined });
    return 'complete';
  }

  private async interrupt(progress: Progress): Promise<CleanupEnd> {
    await this.stored.save(progress);
    return 'partial';
  }

  private async saveSometimes(progress: Progress): Promise<void> {
    const nowMs = this.parts.environment.clock.monotonicMs();
    if (nowMs - this.savedMs < SAVE_MS || progress.node === undefined) return;
    this.savedMs = nowMs;
    await this.stored.save(progress);
  }

  private mustEnd(): boolean {
    const { lock, stopping, options, environment } = this.parts;
    if (lock.signal.aborted || stopping.aborted || this.findings.scanned >= options.maxKeys) return true;
    return environment.clock.monotonicMs() - this.startedMs >= options.maxDurationMs;
  }

  private pause(ms: number): Promise<void> {
    const { pacer, lock, stopping } = this.parts;
    return pacer.pause(ms, AbortSignal.any([lock.signal, stopping]));
  }
}

function isTransient(error: unknown): boolean {
  return error instanceof RedisInfraError && error.retryable;
}
