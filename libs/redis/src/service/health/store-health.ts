import { systemClock, type Clock } from '../../common/clock.js';
import type { CacheStore } from '../../domain/cache-store.js';
import { resolveHealthOptions, type HealthOptions, type ResolvedHealthOptions } from './health-options.js';
import { reportTarget, type HealthReport, type ReportedTarget, type TargetReport } from './health-report.js';
import type { HealthStatus, TargetVerdict } from './health-verdict.js';
import { judgeHealth } from './judge-health.js';
import { judgeTarget } from './judge-target.js';
import { summarizeShards } from './report-shards.js';
import { TargetProbe } from './target-probe.js';

/** A judged target: the health of a store, or of one of its shards. */
interface JudgedTarget extends ReportedTarget {
  readonly shard: string | undefined;
  readonly verdict: TargetVerdict;
}

/**
 * Judges the health of a store from the state of its connections, and from the answer of each server to a PING on a
 * connection of its own. An answer takes at most 500 ms, also while Redis does not answer. However many checks run, each
 * server is asked at most once a second.
 *
 * @example
 * const { status, reasons } = await new StoreHealth(cache.store, { required: true }).check();
 */
export class StoreHealth {
  private readonly options: ResolvedHealthOptions;
  /** The probes of the targets, by shard. */
  private readonly probes = new Map<string | undefined, TargetProbe>();

  /**
   * @param store a store of this package. Another one counts as healthy unless its `can.health` reports otherwise.
   * @throws RedisInfraError OPTION_INVALID with the path of the option
   */
  constructor(store: CacheStore, options?: HealthOptions);
  /** @internal */
  constructor(store: CacheStore, options: HealthOptions | undefined, clock: Clock);
  constructor(
    private readonly store: CacheStore,
    options: HealthOptions = {},
    private readonly clock: Clock = systemClock,
  ) {
    this.options = resolveHealthOptions(options);
  }

  /** Resolves with the current health. Never rejects. */
  async check(): Promise<HealthReport> {
    const targets = await Promise.all(this.currentProbes().map(([shard, probe]) => this.judge(shard, probe)));
    const verdict = judgeHealth(
      targets.map((target) => target.verdict),
      this.options.required,
    );
    const isFull = this.options.expose === 'full';
    const [first] = targets;
    if (first === undefined) return { ...EMBEDDED, shards: undefined };
    if (first.shard === undefined) return { ...reportTarget({ ...first, ...verdict }, isFull), shards: undefined };
    const shards = Object.fromEntries(targets.map((target) => [target.shard, reportTarget(target, isFull)]));
    return { ...summarizeShards(Object.values(shards)), ...verdict, shards };
  }

  private async judge(shard: string | undefined, probe: TargetProbe): Promise<JudgedTarget> {
    const { state, answers } = await probe.read();
    const verdict = judgeTarget(state, answers, this.options);
    return { shard, state, answers, verdict, status: statusOf(verdict), reasons: verdict.reasons };
  }

  /** The probes of the targets in use: a reshard adds and removes some. */
  private currentProbes(): readonly (readonly [string | undefined, TargetProbe])[] {
    const targets = this.store.can?.health?.targets ?? [];
    const shards = new Set(targets.map(({ shard }) => shard));
    for (const shard of this.probes.keys()) if (!shards.has(shard)) this.probes.delete(shard);
    for (const target of targets)
      if (!this.probes.has(target.shard)) this.probes.set(target.shard, new TargetProbe(target, this.clock));
    return [...this.probes];
  }
}

/** The report of a store that has no servers. */
const EMBEDDED: TargetReport = {
  status: 'up',
  reasons: [],
  role: undefined,
  mode: 'memory',
  responseTime: undefined,
  connection: { state: 'up', since: 0 },
  breaker: { read: 'closed', write: 'closed', since: undefined, nextProbeAt: undefined },
  fallback: undefined,
  memory: undefined,
  server: undefined,
  lastError: undefined,
  nodes: undefined,
};

/** The status of one shard. */
function statusOf({ availability, reasons }: TargetVerdict): HealthStatus {
  if (availability !== 'serving') return 'down';
  return reasons.length === 0 ? 'up' : 'degraded';
}
