import { systemClock } from '../../common/clock.js';
import { systemTimers } from '../../common/timers.js';
import type { ScopeVersions } from '../../domain/entry-store.js';
import { BackgroundRefreshes } from './loads/background-refreshes.js';
import { LeaseContests } from './loads/lease-contest.js';
import { LoadRegistry } from './loads/load-registry.js';
import { LoadRunner, type LoadEnvironment } from './loads/load-runner.js';

/** The time and the chance of a cache outside tests. */
export const SYSTEM_ENVIRONMENT: LoadEnvironment = { clock: systemClock, timers: systemTimers, random: Math.random };

/** What a cache and its namespaces and views share: the loads of this process. */
export class CacheEngine {
  readonly loads = new LoadRegistry();
  readonly runner: LoadRunner;
  readonly contests: LeaseContests;
  readonly refreshes: BackgroundRefreshes;
  private newestVersion = 0;

  constructor(
    maxRefreshes: number,
    readonly environment: LoadEnvironment = SYSTEM_ENVIRONMENT,
  ) {
    this.runner = new LoadRunner(this.loads, environment);
    this.contests = new LeaseContests(this.loads, this.runner);
    this.refreshes = new BackgroundRefreshes(maxRefreshes);
  }

  /** The newest version that this process has seen. */
  get seenVersion(): number {
    return this.newestVersion;
  }

  see({ clock }: ScopeVersions): void {
    if (clock > this.newestVersion) this.newestVersion = clock;
  }

  /** Aborts all loads and waits. Resolves when none runs any more. */
  async abort(reason: Error): Promise<void> {
    const aborted = this.loads.abort(reason);
    await Promise.all([aborted, this.refreshes.drain()]);
  }
}
