import { systemClock, type Clock } from '../common/clock.js';
import { durationMs } from '../common/duration.js';
import type { CallContext } from './calls/call-context.js';
import { resolveMemoryOptions, type MemoryOptions } from './memory/memory-options.js';
import { MemoryStore } from './memory/memory.store.js';
import { RESILIENCE_DEFAULTS } from './resilience/resilience-options.js';
import { StoreAdapter, StoreView } from './store.adapter.js';

/** Only asynchronous codecs take time here: compression of large values, and key providers. */
const DEADLINE_MS = durationMs(RESILIENCE_DEFAULTS.deadline, 'resilience.deadline');

/**
 * The embedded store: a bounded `CacheStore` in the memory of the process, with the semantics of `RedisAdapter`. Values
 * are copied on the way in and out. Data survives `disconnect()` and is lost when the process exits. A call that waits
 * for a key provider rejects with DEADLINE_EXCEEDED after 500 ms; behind a `RedisAdapter` the deadline is
 * `resilience.deadline`.
 */
export class MemoryAdapter extends StoreAdapter {
  /** @internal */
  declare protected readonly store: MemoryStore;

  /** @throws RedisInfraError OPTION_INVALID with the path of the option */
  constructor(options?: MemoryOptions, clock?: Clock);
  /** @internal */
  constructor(view: StoreView<MemoryStore>);
  constructor(source?: MemoryOptions | StoreView<MemoryStore>, clock: Clock = systemClock) {
    super(source instanceof StoreView ? source : openView(source, clock));
  }

  /** @internal */
  protected override withContext(context: CallContext): MemoryAdapter {
    return new MemoryAdapter(new StoreView(this.store, context));
  }
}

function openView(options: MemoryOptions | undefined, clock: Clock): StoreView<MemoryStore> {
  const store = new MemoryStore(resolveMemoryOptions(options), { clock, deadlineMs: DEADLINE_MS });
  return new StoreView(store, store.context);
}
