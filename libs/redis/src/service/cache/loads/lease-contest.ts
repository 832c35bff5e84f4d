import { RedisInfraError } from '../../../common/redis-infra.error.js';
import type { Acquisition } from '../../../domain/entry-store.js';
import type { EntryMeta } from '../../../domain/value-codec.js';
import { judge, type JudgedValue } from '../entry/entry-validity.js';
import { LEASE_MS } from './lease-renewal.js';
import type { Load } from './load.js';
import type { LoadRegistry } from './load-registry.js';
import type { LoadRequest, LoadRunner } from './load-runner.js';

/** How a contest ended. */
export type ContestResult<T> =
  /** A load runs in this process: this contest started it, or it held the lease already. */
  | { readonly status: 'loading'; readonly load: Load<T> }
  /** Another process loads. */
  | { readonly status: 'held'; readonly remainingMs: number }
  /** A load has failed a short time ago. */
  | { readonly status: 'failed'; readonly remainingMs: number }
  /** A value that makes the load unnecessary was stored meanwhile. Read it again. */
  | { readonly status: 'stored' };

/** A request for the lease of a key, and the callers that wait for its reply. */
interface Contest {
  readonly number: number;
  readonly result: Promise<ContestResult<unknown>>;
}

/**
 * Requests leases. A caller that began before the newest request for its key was sent shares that request, because the
 * reply holds for it too. A caller that began later, and a refresh, sends its own.
 */
export class LeaseContests {
  /** The newest request for each key. */
  private readonly running = new Map<string, Contest>();

  constructor(
    private readonly loads: LoadRegistry,
    private readonly runner: LoadRunner,
  ) {}

  /**
   * Requests the lease, and starts the load when it is granted.
   * @param known what the caller has read
   */
  enter<T>(request: LoadRequest<T>, known: JudgedValue<T>): Promise<ContestResult<T>> {
    const { at, call = Infinity } = request;
    const current = this.running.get(at);
    if (current !== undefined && current.number > call) return current.result as Promise<ContestResult<T>>;
    const number = this.loads.nextRequest();
    const result = this.run(request, number, known);
    const contest: Contest = { number, result };
    this.running.set(at, contest);
    const end = (): void => {
      if (this.running.get(at) === contest) this.running.delete(at);
    };
    result.then(end, end);
    return result;
  }

  private async run<T>(request: LoadRequest<T>, number: number, known: JudgedValue<T>): Promise<ContestResult<T>> {
    const { loads, runner } = this;
    const { entries, at, clock } = request;
    const { epoch } = loads;
    const token = runner.newToken();
    const lease = { token, ttlMs: LEASE_MS, clock, minClock: known.versions.floor };
    const reply = await entries.acquire<T>(at, lease).catch((error: unknown) => {
      // The server may have granted it.
      void runner.abandon(entries, at, token);
      throw error;
    });
    if (reply.status !== 'acquired') return this.lost(reply, number);
    const isSame = isSameEntry(reply.stored?.meta, known.meta);
    const stored = isSame ? known : judge(reply, known.versions, []);
    if (!loads.isOpen(epoch) || (!isSame && stored.state === 'fresh')) {
      await runner.abandon(entries, at, token);
      if (!loads.isOpen(epoch)) throw closedBeforeLoad();
      return { status: 'stored' };
    }
    const held = { token, nowMs: reply.nowMs, receivedMs: runner.environment.clock.monotonicMs() };
    const stale = stored.state === 'invalidated' ? undefined : stored.value;
    return { status: 'loading', load: runner.start(request, stale, held, number) };
  }

  private lost<T>(reply: Exclude<Acquisition<T>, { readonly status: 'acquired' }>, number: number): ContestResult<T> {
    const { remainingMs } = reply;
    if (reply.status === 'failed') return { status: 'failed', remainingMs };
    const load = this.loads.holding<T>(reply.holder);
    if (load === undefined) return { status: 'held', remainingMs };
    load.confirmedBy = Math.max(load.confirmedBy, number);
    return { status: 'loading', load };
  }
}

function isSameEntry(stored: EntryMeta | undefined, known: EntryMeta | undefined): boolean {
  return stored !== undefined && stored.created === known?.created && stored.clock === known?.clock;
}

/** The error of a call from before a disconnect, which must not start a load after it. */
export function closedBeforeLoad(): RedisInfraError {
  return new RedisInfraError('CLOSED', 'the cache was disconnected before the load began');
}
