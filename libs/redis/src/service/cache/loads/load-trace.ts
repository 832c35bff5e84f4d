import type { AsyncResource } from 'node:async_hooks';
import { LOADS, type LoadTrace } from '../../../common/diagnostics/channels.js';
import { begin, finish } from '../../../common/diagnostics/publish.js';
import type { RedisInfraError } from '../../../common/redis-infra.error.js';
import type { LoadOutcome } from '../statistics/cache-snapshot.js';

/** One load in the channel of loads. Exists only while the channel has subscribers. */
export class TracedLoad {
  private readonly trace: LoadTrace;

  constructor(cache: string, isBackground: boolean, caller: AsyncResource | undefined) {
    const result = { outcome: undefined, durationMs: undefined, code: undefined };
    this.trace = { cache, isBackground, caller, within: undefined, ...result };
  }

  /** Runs the loader, in the context that a subscriber has set. */
  run<T>(load: () => T): T {
    const { trace } = this;
    return begin(LOADS, trace, () => (trace.within === undefined ? load() : trace.within(load)));
  }

  end(outcome: LoadOutcome, durationMs: number, error: RedisInfraError | undefined): void {
    Object.assign(this.trace, { outcome, durationMs, code: error?.code });
    finish(LOADS, this.trace);
  }
}
