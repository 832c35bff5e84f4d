import { SYSTEM_ENVIRONMENT, type Environment } from '../../common/time/environment.js';
import type { ScopeVersions } from '../../domain/entry-store.js';
import { KeyOrder } from '../../adapters/key-order/key-order.js';
import { InterruptedSweeps } from './interrupted-sweeps.js';
import { BackgroundRefreshes } from './loads/background-refreshes.js';
import { LeaseContests } from './loads/lease-contest.js';
import { LoadRegistry } from './loads/load-registry.js';
import { LoadRunner } from './loads/load-runner.js';
import type { Near } from './near/near.js';

/** What a cache and its namespaces and views share: the loads and the near copies of this process. */
export class CacheEngine {
  readonly loads = new LoadRegistry();
  readonly runner: LoadRunner;
  readonly contests: LeaseContests;
  readonly refreshes: BackgroundRefreshes;
  readonly sweeps: InterruptedSweeps;
  /** Keeps the calls on a key in their order while a write waits for the versions that its entry needs. */
  readonly order = new KeyOrder();
  /** Undefined without near copies. Set once, by the cache that creates the engine. */
  near: Near | undefined;
  private newestVersion = 0;

  constructor(
    maxRefreshes: number,
    readonly environment: Environment = SYSTEM_ENVIRONMENT,
  ) {
    this.runner = new LoadRunner(this.loads, environment);
    this.contests = new LeaseContests(this.loads, this.runner);
    this.refreshes = new BackgroundRefreshes(maxRefreshes);
    this.sweeps = new InterruptedSweeps(environment);
  }

  /** The newest version that this process has seen. */
  get seenVersion(): number {
    return this.newestVersion;
  }

  see({ clock }: ScopeVersions): void {
    if (clock > this.newestVersion) this.newestVersion = clock;
  }

  /** Runs a change of keys: their loads do not store what they load, and their near copies are dropped. */
  change<T>(keys: readonly string[], change: () => Promise<T>): Promise<T> {
    return this.fence(keys, () => (this.order.isEmpty ? change() : this.order.afterAll(keys, change)));
  }

  /** Like `change`, for a write that begins when `ready` resolves. Later calls on the keys wait until it has begun. */
  changeWhenReady<T, R>(keys: readonly string[], ready: Promise<T>, write: (value: T) => Promise<R>): Promise<R> {
    return this.fence(keys, () => this.order.writeAll(keys, ready, write));
  }

  /** Like `change`, for a flush of every key that begins with the prefix. */
  async changePrefix<T>(prefix: string, change: () => Promise<T>): Promise<T> {
    this.near?.dropUnder(prefix);
    try {
      return await this.loads.changePrefix(prefix, change);
    } finally {
      this.near?.dropUnder(prefix);
    }
  }

  /** Runs an invalidation of tags. */
  async changeVersions<T>(change: () => Promise<T>): Promise<T> {
    this.near?.versionsChange();
    try {
      return await change();
    } finally {
      this.near?.versionsChange();
    }
  }

  /**
   * Aborts all loads and waits, disconnects the store when no load runs any more, and drops the near copies. Replies that
   * arrive until then may still leave a copy or notice a sweep, so these end last. The feed of the copies follows the
   * connection of the store, so copies are kept again after the next connect.
   */
  async close(reason: Error, disconnectStore: () => Promise<void>): Promise<void> {
    try {
      await this.loads.close(reason, async () => {
        await this.refreshes.drain();
        await disconnectStore();
      });
    } finally {
      this.sweeps.cancel();
      this.near?.clear();
    }
  }

  private async fence<T>(keys: readonly string[], change: () => Promise<T>): Promise<T> {
    this.near?.drop(keys);
    try {
      return await this.loads.change(keys, change);
    } finally {
      this.near?.drop(keys);
    }
  }
}
