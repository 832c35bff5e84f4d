import type { RedisInfraError } from '../../common/redis-infra.error.js';
import { slotOf } from '../../domain/placement/slots.js';
import type { CircuitName, CircuitState } from './circuit/circuit-state.js';
import type { Destination, Guards } from './guards.js';
import { latestOf, type LastError } from './last-error.js';
import type { GuardListener, NodeGuard } from './node-guard.js';
import { QueuedSlots } from './queued-slots.js';

export interface ClusterGuardsParts {
  /** Creates the guard of a node, with a listener; undefined is the cluster as a whole. */
  readonly create: (listener: GuardListener, node: string | undefined) => NodeGuard;
  /** The node that owns a slot (`host:port`); undefined when it is not known. */
  readonly ownerOf: (slot: number) => string | undefined;
  /** Receives the events of all nodes as one circuit, which is open while the circuit of at least one node is. */
  readonly listener: GuardListener;
}

/**
 * The guards of a cluster: one for each node, created with its first command, and one for the cluster as a whole, which
 * is for commands without a known node. So an unavailable master only affects its own keys.
 */
export class ClusterGuards implements Guards {
  readonly whole: NodeGuard;
  private readonly nodes = new Map<string, NodeGuard>();
  private readonly open = { read: 0, write: 0 } satisfies Record<CircuitName, number>;
  private readonly nodeListener: GuardListener;
  private readonly queuedSlots = new QueuedSlots();
  /** The retries of guards that were removed. */
  private removedRetries = 0;

  constructor(private readonly parts: ClusterGuardsParts) {
    this.nodeListener = {
      opened: (circuit, reason) => this.opened(circuit, reason),
      closed: (circuit) => this.closed(circuit),
      probed: (isHealthy) => parts.listener.probed(isHealthy),
      failed: (code) => parts.listener.failed(code),
    };
    this.whole = parts.create(
      {
        ...this.nodeListener,
        opened: (circuit, reason) => {
          this.opened(circuit, reason);
          // While the cluster is unavailable, no node can be reached.
          for (const guard of this.nodes.values()) guard.queue.refuse(this.whole.circuitRefusal);
        },
      },
      undefined,
    );
  }

  /**
   * While commands without a known node are queued (before the first connection), newer commands queue behind them.
   * Calls on a key keep their order.
   */
  of(destination: Destination): NodeGuard {
    if (this.whole.queue.size > 0) return this.whole;
    const { key, node } = destination;
    const isQueued = !this.queuedSlots.isEmpty && key !== undefined && node === undefined;
    return (isQueued ? this.queuedSlots.guardOf(slotOf(key)) : undefined) ?? this.owner(destination);
  }

  onQueued({ key, node }: Destination, guard: NodeGuard): void {
    if (key !== undefined && node === undefined) this.queuedSlots.add(slotOf(key), guard);
  }

  onDequeued({ key, node }: Destination): void {
    if (key !== undefined && node === undefined) this.queuedSlots.remove(slotOf(key));
  }

  owner({ key, node }: Destination): NodeGuard {
    const name = node ?? (key === undefined ? undefined : this.parts.ownerOf(slotOf(key)));
    return name === undefined ? this.whole : this.at(name);
  }

  at(node: string): NodeGuard {
    let guard = this.nodes.get(node);
    if (guard === undefined) this.nodes.set(node, (guard = this.parts.create(this.nodeListener, node)));
    return guard;
  }

  get retries(): number {
    return this.removedRetries + this.sum(({ retries }) => retries);
  }

  get lastError(): LastError | undefined {
    return latestOf(this.all().map(({ lastError }) => lastError));
  }

  state(name: CircuitName): CircuitState {
    const states = this.all().map((guard) => guard.state(name));
    return (['isolated', 'half-open', 'open'] as const).find((state) => states.includes(state)) ?? 'closed';
  }

  stateAt(node: string | undefined, name: CircuitName): CircuitState {
    const whole = this.whole.state(name);
    if (whole !== 'closed' || node === undefined) return whole;
    // Does not create the guard: no command was sent to a node without one.
    return this.nodes.get(node)?.state(name) ?? 'closed';
  }

  get since(): number | undefined {
    return extremeOf(
      Math.max,
      this.all().map(({ since }) => since),
    );
  }

  get nextProbeAt(): number | undefined {
    return extremeOf(
      Math.min,
      this.all().map(({ nextProbeAt }) => nextProbeAt),
    );
  }

  stop(): void {
    for (const guard of this.all()) guard.stop();
    for (const [node, guard] of this.nodes) {
      // The results of commands in flight return to the same guard, which ignores them because its generation has
      // changed.
      if (guard.outstanding > 0) continue;
      this.removedRetries += guard.retries;
      this.nodes.delete(node);
    }
  }

  private all(): readonly NodeGuard[] {
    return [this.whole, ...this.nodes.values()];
  }

  private sum(count: (guard: NodeGuard) => number): number {
    return this.all().reduce((sum, guard) => sum + count(guard), 0);
  }

  private opened(circuit: CircuitName, reason: RedisInfraError | undefined): void {
    if (++this.open[circuit] === 1) this.parts.listener.opened(circuit, reason);
  }

  private closed(circuit: CircuitName): void {
    if (--this.open[circuit] === 0) this.parts.listener.closed(circuit);
  }
}

/** The first or the last of several times; undefined if there is none. */
function extremeOf(pick: (...times: number[]) => number, times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : pick(...known);
}
