import { hasFailedBetween, type Actor, type Moment, type Production, type Recorder } from '../histories/recorder.js';
import { PREFIXES } from '../histories/history-plan.js';
import { MAX_DELAY_MS } from '../model/model-connection.js';
import type { EntryStore } from '../../../src/domain/entry-store.js';

interface KnownLease {
  readonly key: string;
  readonly token: string;
  /** When the server gave the lease, and when the process learned it. */
  readonly granted: Moment;
  readonly acquired: Moment;
  readonly actor: Actor;
  /** The lease was ended by its holder, by a change of the key, or by a newer load: not by its expiry. */
  isEnded: boolean;
  hasLoad: boolean;
}

interface RunningLoad {
  readonly production: Production;
  readonly actor: Actor;
  readonly lease: KnownLease | undefined;
}

/**
 * Checks G2 when a load begins: it holds the lease of its key, and no other load of the key runs whose lease is still
 * held. The exceptions are those of the contract: a failed call, a passed `lockTimeout`, and a holder that was stopped.
 */
export class LeaseWatch {
  /** When the server gave each token a lease. */
  private readonly grants = new Map<string, Moment>();
  private readonly leases = new Map<string, KnownLease>();
  private readonly running = new Set<RunningLoad>();

  constructor(
    private readonly recorder: Recorder,
    private readonly holderOf: (key: string) => string | undefined,
    private readonly lockTimeoutMs: number,
  ) {}

  /**
   * Records the leases that the calls of a process acquire. The method is replaced in place: an object with a prototype
   * of its own would keep the whole history in memory until a major garbage collection.
   */
  observe(actor: Actor, entries: EntryStore): EntryStore {
    const acquireUnobserved = entries.acquire.bind(entries);
    const acquire: EntryStore['acquire'] = async (key, request) => {
      const reply = await acquireUnobserved<never>(key, request);
      const granted = this.grants.get(request.token);
      if (reply.status === 'acquired' && granted !== undefined) {
        const acquired = this.recorder.now();
        const isEnded = this.holderOf(key) !== request.token;
        this.leases.set(request.token, {
          key,
          token: request.token,
          granted,
          acquired,
          actor,
          isEnded,
          hasLoad: false,
        });
      }
      return reply;
    };
    return Object.assign(entries, { acquire });
  }

  granted(token: string): void {
    this.grants.set(token, this.recorder.now());
  }

  ended(token: string): void {
    const lease = this.leases.get(token);
    if (lease !== undefined) lease.isEnded = true;
  }

  loadBegins(actor: Actor, production: Production): () => void {
    const lease = this.leaseOf(actor, production);
    const load = { production, actor, lease };
    if (!this.mayLoadWithoutLease(load)) {
      if (lease === undefined) this.report(load, 'has no lease');
      for (const other of this.running) if (this.overlaps(other, load)) this.report(load, conflict(other));
    }
    this.running.add(load);
    return () => this.running.delete(load);
  }

  /** The loads of a process that was killed do not run any more. */
  killed(actor: Actor): void {
    for (const load of this.running) if (load.actor === actor) this.running.delete(load);
  }

  /** True if a lease is held by a load that has ended, in a process that could end it. */
  isForgotten(token: string): boolean {
    const lease = this.leases.get(token);
    if (lease === undefined || lease.actor.process.state === 'killed') return false;
    return lease.actor.failures.length === 0;
  }

  /** The lease of a load: one that its process acquired since the call began, and that no earlier load has. */
  private leaseOf(actor: Actor, { begin, call, namespace, key }: Production): KnownLease | undefined {
    const since = call?.begin.order ?? begin.order;
    const candidates = [...this.leases.values()].filter(
      (lease) =>
        lease.actor === actor &&
        lease.key === PREFIXES[namespace] + key &&
        lease.acquired.order > since &&
        !lease.hasLoad,
    );
    const lease = candidates.find(({ isEnded }) => !isEnded) ?? candidates[0];
    if (lease !== undefined) lease.hasLoad = true;
    return lease;
  }

  private mayLoadWithoutLease({ actor, production }: RunningLoad): boolean {
    const since = production.call?.begin ?? production.begin;
    return hasFailedBetween(actor, since) || production.begin.ms - since.ms >= this.lockTimeoutMs;
  }

  /** True if the lease of `other` still protects it from the new load. */
  private overlaps({ production, lease, actor }: RunningLoad, load: RunningLoad): boolean {
    const isSameKey = production.key === load.production.key && production.namespace === load.production.namespace;
    // The value of a load whose lease has ended is not stored: it disturbs no other load.
    if (!isSameKey || lease === undefined || lease.isEnded || load.lease?.isEnded === true) return false;
    const wasPaused = actor.pausedAt !== undefined && actor.pausedAt.order > lease.acquired.order;
    // The reply waited for the process, so a part of the lease had passed when the process learned of it.
    const wasStopped = wasPaused || lease.acquired.ms - lease.granted.ms > MAX_DELAY_MS;
    return !wasStopped && !hasFailedBetween(actor, lease.acquired);
  }

  private report({ production, actor }: RunningLoad, problem: string): void {
    const { key, id } = production;
    this.recorder.violation('G2', `${actor.process.name}: load #${id} of '${key}' ${problem}`);
  }
}

function conflict({ production, actor }: RunningLoad): string {
  return `begins while load #${production.id} of ${actor.process.name} holds the lease`;
}
