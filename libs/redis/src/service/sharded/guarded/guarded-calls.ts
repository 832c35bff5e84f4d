import { durationMs } from '../../../common/duration.js';
import { RedisInfraError } from '../../../common/redis-infra.error.js';
import type { Environment } from '../../../common/time/environment.js';
import type { CacheStore, CallOptions } from '../../../domain/cache-store.js';
import type { EntryStore } from '../../../domain/entry-store.js';
import { withCallLimits } from '../../../domain/models/call-limits.js';
import { capabilityOf } from '../shards/capability-of.js';
import type { ShardOutcome } from '../shards/shard-snapshot.js';
import type { ShardStatistics } from '../shards/shard.statistics.js';
import type { StampGuard } from '../stamps/stamp.guard.js';
import { unknownOutcome } from './unknown-outcome.js';

export interface GuardedCallsOptions {
  /** The view of the adapter that sends the calls. */
  readonly store: CacheStore;
  readonly guard: StampGuard;
  readonly statistics: ShardStatistics;
  /** The deadline of the calls of this view, in milliseconds. */
  readonly deadlineMs: number;
  readonly environment: Environment;
}

type Run<T> = (store: CacheStore) => Promise<T>;

const OK = (): ShardOutcome => 'ok';

/** Sends the calls of one view to the server of a shard after its stamp was checked, within the deadline of the call. */
export class GuardedCalls {
  readonly store: CacheStore;

  constructor(readonly options: GuardedCallsOptions) {
    this.store = options.store;
  }

  /** Whether calls may be sent immediately. */
  get isOpen(): boolean {
    return this.options.guard.isOpen;
  }

  /** The entries of the adapter. */
  get entries(): EntryStore {
    return capabilityOf(this.store, 'entries');
  }

  /** The calls of another view of the same shard. */
  with(call: CallOptions): GuardedCalls {
    const { deadline } = call;
    const store = withCallLimits(this.store, call);
    const deadlineMs = deadline === undefined ? this.options.deadlineMs : durationMs(deadline, 'call.deadline');
    return new GuardedCalls({ ...this.options, store, deadlineMs });
  }

  /**
   * Runs a call and counts it. If a connection is lost meanwhile, its result counts when the server was checked again.
   * @param outcomeOf what the result of the call is. @default ok
   */
  run<T>(run: Run<T>, outcomeOf: (result: T) => ShardOutcome = OK): Promise<T> {
    const { statistics } = this.options;
    const result = this.isOpen ? this.checked(() => run(this.store)) : this.later(run);
    return result.then((value) => {
      statistics.ended(outcomeOf(value));
      return value;
    }, statistics.failed);
  }

  /** Like `run`, on the entries. */
  runEntries<T>(run: (entries: EntryStore) => Promise<T>, outcomeOf?: (result: T) => ShardOutcome): Promise<T> {
    return this.run((store) => run(capabilityOf(store, 'entries')), outcomeOf);
  }

  /** Waits for the check of the stamp, and runs the call with the rest of its deadline. */
  async later<T>(run: Run<T>): Promise<T> {
    const { deadlineMs, environment } = this.options;
    const beganMs = environment.clock.monotonicMs();
    await this.ready();
    const leftMs = deadlineMs - (environment.clock.monotonicMs() - beganMs);
    // A check usually takes one round trip, which is no reason for another view.
    const store =
      leftMs > deadlineMs / 2 ? this.store : withCallLimits(this.store, { deadline: Math.max(1, leftMs) / 1000 });
    return this.checked(() => run(store));
  }

  /** The check is shared, and a flush of the shard may take longer than one call may wait. */
  private ready(): Promise<void> {
    const { guard, store, deadlineMs, environment } = this.options;
    return new Promise((resolve, reject) => {
      const cancel = environment.timers.after(deadlineMs, () =>
        reject(new RedisInfraError('DEADLINE_EXCEEDED', 'the stamp of the shard was not read within the deadline')),
      );
      guard.readyWithin(store).then(resolve, reject).finally(cancel);
    });
  }

  private async checked<T>(run: () => Promise<T>): Promise<T> {
    const { guard, store } = this.options;
    const { losses } = guard;
    const result = await run();
    if (losses === guard.losses) return result;
    try {
      await guard.readyWithin(store);
    } catch (error) {
      throw unknownOutcome(error);
    }
    return result;
  }
}
