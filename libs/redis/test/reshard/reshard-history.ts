import { MemoryAdapter } from '../../src/adapters/memory.adapter.js';
import { capabilityOf } from '../../src/service/sharded/shards/capability-of.js';
import { EPOCH_MS } from '../cache-engine/simulation/virtual-process.js';
import { VirtualScheduler } from '../cache-engine/simulation/virtual-scheduler.js';
import { FuzzRandom } from '../codec/fuzz/fuzz-random.js';
import { ModelStamps } from './model-network.js';
import { ModelProcess, PREFIX, type ModelFaults, type ModelServer } from './model-process.js';
import { Truth, type Versioned } from './truth.js';

const SEED = 20_240;
const PROCESSES = 3;
/** Keys of both shards that move to the third one, and one that stays. */
const HOT_KEYS = ['k:1', 'k:7', 'k:2'];
/** Keys that move and rarely change, so that something is left of them. */
const COLD_KEYS = ['k:4', 'k:9', 'k:14'];
const HISTORY_MS = 30_000;
const TTL_MS = 3_600_000;

/** What happened in a history. */
export interface HistoryResult {
  readonly violations: readonly string[];
  readonly hits: number;
  readonly changes: number;
  readonly entered: number;
}

/** Which history to run. */
export interface ReshardRun {
  readonly index: number;
  /** Of the random choices, together with the index. @default that of the tests */
  readonly seed?: number;
  /** What is switched off. @default nothing */
  readonly faults?: ModelFaults;
  /** The phases that each process enters. @default random ones */
  readonly walk?: readonly number[] | undefined;
}

/** Runs one history: processes read and change keys while they enter phases, go back, are stopped and killed. */
export async function runReshardHistory(run: ReshardRun): Promise<HistoryResult> {
  return new ReshardHistory(run).run();
}

class ReshardHistory {
  private readonly random: FuzzRandom;
  private readonly scheduler: VirtualScheduler;
  private readonly servers: ReadonlyMap<string, ModelServer>;
  private readonly truths = new Map<string, Truth>();
  private readonly processes: ModelProcess[] = [];
  private readonly walk: readonly number[];
  private readonly faults: ModelFaults;
  private readonly violations: string[] = [];
  private events = 0;
  private hits = 0;
  private changes = 0;
  private entered = 0;
  private tokens = 0;

  constructor({ index, seed = SEED, faults = {}, walk }: ReshardRun) {
    this.faults = faults;
    this.random = new FuzzRandom(seed, index);
    this.scheduler = new VirtualScheduler(this.random);
    const nowMs = (): number => EPOCH_MS + this.scheduler.nowMs;
    const clock = { monotonicMs: nowMs, wallMs: nowMs };
    this.servers = new Map(
      ['s0', 's1', 's2'].map((id) => [
        id,
        {
          data: new MemoryAdapter({ keyPrefix: PREFIX, maxEntries: 100 }, clock),
          stamps: new ModelStamps(nowMs, index % 2 === 1),
        },
      ]),
    );
    for (const key of [...HOT_KEYS, ...COLD_KEYS]) this.truths.set(key, new Truth(key, () => ++this.events));
    this.walk = walk ?? this.randomWalk();
  }

  async run(): Promise<HistoryResult> {
    for (let at = 0; at < PROCESSES; at++) this.start(`p${at}`, 0);
    await this.scheduler.run();
    return { violations: this.violations, hits: this.hits, changes: this.changes, entered: this.entered };
  }

  private start(name: string, step: number): void {
    const process = new ModelProcess(name, this.scheduler, this.servers, this.faults);
    this.processes.push(process);
    void this.deploy(process, step);
    void this.work(process);
    void this.work(process);
  }

  /** Enters the phases of the walk, and tries again after a refusal. */
  private async deploy(process: ModelProcess, first: number): Promise<void> {
    for (let step = first; step < this.walk.length;) {
      await this.pause(process, this.random.below(1000));
      if (this.scheduler.nowMs > HISTORY_MS) return;
      if (this.random.onceIn(12)) process.virtual.pause(this.random.below(12_000));
      if (this.random.onceIn(16)) return this.restart(process, step);
      const isEntered = await process.enter(this.walk[step] ?? 0).then(
        () => true,
        () => false,
      );
      if (isEntered) this.entered++;
      // A process that was left behind skips the phases that no longer run.
      if (isEntered || this.random.onceIn(4)) step++;
    }
  }

  private restart(process: ModelProcess, step: number): void {
    process.virtual.kill();
    this.scheduler.after(this.random.below(5000), () => this.start(`${process.virtual.name}'`, step));
  }

  private async work(process: ModelProcess): Promise<void> {
    while (this.scheduler.nowMs < HISTORY_MS) {
      await this.pause(process, this.random.below(this.random.onceIn(3) ? 1500 : 60));
      const key = this.random.pick(this.random.onceIn(8) ? COLD_KEYS : HOT_KEYS);
      const call = this.random.below(6);
      if (call === 0) await this.set(process, key);
      else if (call === 1) await this.change(process, key, false);
      else if (call === 2) await this.load(process, key);
      else await this.readTwice(process, key);
    }
  }

  /** Sometimes two processes set the key at the same time. */
  private async set(process: ModelProcess, key: string): Promise<void> {
    const other = this.random.onceIn(3) ? [this.change(this.anyProcess(), key, true)] : [];
    await Promise.all([this.change(process, key, true), ...other]);
  }

  /** Also in another process, as the second request of a user. */
  private async readTwice(process: ModelProcess, key: string): Promise<void> {
    await this.read(process, key);
    await this.read(this.anyProcess(), key);
  }

  private anyProcess(): ModelProcess {
    return this.random.pick(this.processes.filter(({ isAlive }) => isAlive));
  }

  private async change(process: ModelProcess, key: string, isSet: boolean): Promise<void> {
    const entries = capabilityOf(process.cache, 'entries');
    const isDone = await this.truthOf(key).change(isSet, async (value) => {
      if (isSet) await entries.write(key, { value, meta: undefined, ttlMs: TTL_MS });
      else await entries.remove([key]);
    });
    if (isDone) this.changes++;
  }

  private async read({ cache }: ModelProcess, key: string): Promise<void> {
    const judge = this.truthOf(key).read();
    const value = await cache.get<Versioned>(key).catch(() => undefined);
    if (value !== undefined) this.hits++;
    this.note(judge(value));
  }

  /** A read that loads an absent value under a lease, as CacheService does. */
  private async load(process: ModelProcess, key: string): Promise<void> {
    const entries = capabilityOf(process.cache, 'entries');
    const truth = this.truthOf(key);
    const token = `t${++this.tokens}`;
    const judge = truth.read();
    const lease = { token, ttlMs: 5000, clock: 0, minClock: 0 };
    const acquired = await entries.acquire<Versioned>(key, lease).catch(() => undefined);
    this.note(judge(acquired?.stored?.value));
    if (acquired?.status !== 'acquired' || acquired.stored !== undefined) return;
    await this.pause(process, this.random.below(30));
    const value: Versioned = { version: truth.version, by: 'load' };
    await this.pause(process, this.random.below(this.random.onceIn(4) ? 2000 : 60));
    await entries.publish(key, token, { value, meta: undefined, ttlMs: TTL_MS }).catch(() => false);
  }

  private note(violation: string | undefined): void {
    if (violation !== undefined) this.violations.push(violation);
  }

  private truthOf(key: string): Truth {
    const truth = this.truths.get(key);
    if (truth === undefined) throw new RangeError(`there is no key ${key}`);
    return truth;
  }

  /** Neighbouring phases, from 0, in any direction. */
  private randomWalk(): readonly number[] {
    // Back to the start and forward again: what was left on the new owner is old then.
    if (this.random.onceIn(3)) return [1, 2, 1, 0, 1, 2, 3];
    const walk = [1];
    while (walk.length < 6) {
      const last = walk.at(-1) ?? 0;
      const step = this.random.onceIn(3) ? -1 : 1;
      walk.push(last + step < 0 || last + step > 3 ? last - step : last + step);
    }
    return walk;
  }

  private pause({ virtual }: ModelProcess, ms: number): Promise<void> {
    return new Promise((resolve) => void virtual.timers.after(ms, resolve));
  }
}
