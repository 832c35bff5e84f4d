import type { Clock } from '../../common/clock.js';
import type { RedisInfraError } from '../../common/redis-infra.error.js';
import { disconnected } from '../errors/error-mapping.js';
import { CircuitBreaker, type BreakerListener } from './circuit/circuit-breaker.js';
import { overloaded } from './circuit/circuit-open.error.js';
import { classify } from './circuit/failure-class.js';
import type { CircuitName, CircuitState } from './circuit/circuit-state.js';
import { InFlightLimit } from './in-flight-limit.js';
import { lastErrorNow, type LastError } from './last-error.js';
import { PermitQueue, type QueuedCall, type QueuePlace } from './permit-queue.js';
import { Prober, type Probe } from './prober.js';
import type { ResolvedResilience } from './resilience-options.js';
import { RetryBudget } from './retry/retry-budget.js';
import { mayRepeat, retryDelayMs, type CommandKind } from './retry/retry-rule.js';
import type { Scheduler } from './scheduler.js';

export interface GuardListener extends BreakerListener {
  probed(isHealthy: boolean): void;
}

export interface GuardParts {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly random: () => number;
  readonly probe: Probe;
  readonly listener: GuardListener;
}

/** A command of which it is asked whether it may be repeated. */
export interface RetryableCommand {
  /** As the server calls it, in small letters. */
  readonly name: string;
  readonly kind: CommandKind;
  /** How often it was sent again. */
  readonly resends: number;
}

/** `connect` waits for so many. */
const PROBES_AWAITED = 2;

/** What stands before one node: its two circuits, the limit of what is in flight, the queue of what waits for it, and what may be repeated. */
export class NodeGuard {
  readonly breaker: CircuitBreaker;
  /** How many commands were sent again, ever. */
  retries = 0;
  /** How many commands hold a permit: they are in flight, or wait for the connection or to be sent again. Counted by who sends them. */
  outstanding = 0;
  /** Commands that wait for a permit. */
  readonly queue = new PermitQueue();
  private isStarting = false;
  lastError: LastError | undefined;
  private readonly limit: InFlightLimit;
  private readonly budget: RetryBudget;
  private readonly prober: Prober | undefined;
  /** Who waits for reads to be let through. */
  private readonly waiting = new Set<() => void>();

  constructor(
    private readonly options: ResolvedResilience,
    private readonly parts: GuardParts,
  ) {
    const { breaker } = options;
    this.limit = new InFlightLimit(options.maxInFlight, breaker?.rampUpMs ?? 0);
    this.budget = new RetryBudget(options.retry?.budget ?? 0);
    this.breaker = new CircuitBreaker(breaker, {
      opened: (circuit, reason) => {
        parts.listener.opened(circuit, reason);
        this.queue.refuse(this.circuitRefusal);
      },
      closed: (circuit) => this.closed(circuit),
    });
    if (breaker === undefined) return;
    const { probe, scheduler, random } = parts;
    this.prober = new Prober(breaker, {
      probe,
      scheduler,
      random,
      onResult: (result) => {
        parts.listener.probed(result.read && (result.write || !this.breaker.write.isOpen));
        const isNearer = this.breaker.probed(result);
        // Isolated meanwhile, nobody is told that the circuits are closed.
        if (!this.breaker.isBroken) this.prober?.stop();
        return isNearer;
      },
    });
  }

  /** What a command takes with it when it leaves, and brings back with its result. */
  get generation(): number {
    return this.breaker.generation;
  }

  /**
   * Why a command may not even be queued; undefined if it may. `isLetIn`: the queue may be full, the circuits hold all the same. The hot
   * path: one look at each.
   */
  refusal(isWrite: boolean, command: string, label: string, isAdmitted = false): RedisInfraError | undefined {
    const circuit = isWrite ? this.breaker.write : this.breaker.read;
    const refusal = circuit.refuses ? this.breaker.refusal(isWrite, command, label) : undefined;
    if (refusal !== undefined || isAdmitted) return refusal;
    const { queue, options } = this;
    if (this.isWithinLimit() || queue.size < options.maxQueued) return undefined;
    return overloaded(label, { limit: this.limit.current, queued: queue.size });
  }

  /** A command may go out now: a permit is free, and no other command waits for one. */
  get hasPermit(): boolean {
    return this.queue.size === 0 && this.isWithinLimit();
  }

  /** The command waits for a permit, behind those that wait already. */
  enqueue(call: QueuedCall): QueuePlace {
    return this.queue.add(call);
  }

  /** Permits may have become free: commands that wait go out, as many as may. Called wherever `underWay` went down. */
  startQueued(): void {
    const { queue } = this;
    if (queue.size === 0 || this.isStarting) return;
    this.isStarting = true;
    try {
      while (this.isWithinLimit()) {
        const call = queue.shift();
        if (call === undefined) return;
        call.proceed();
      }
    } finally {
      this.isStarting = false;
    }
  }

  answered(generation: number, nowMs: number): void {
    this.breaker.succeeded(generation, nowMs);
    this.budget.succeeded(nowMs);
  }

  /** The node answered with an error. */
  replied(generation: number, error: RedisInfraError, nowMs: number): void {
    const failure = classify(error);
    if (failure === 'caller' || failure === 'moving') return this.answered(generation, nowMs);
    this.note(error);
    if (failure === 'not-serving') this.breaker.notServing(generation, error);
    else if (failure === 'not-writing') this.breaker.notWriting(generation, error);
    this.probeIfBroken();
  }

  /** No answer came: the connection ended, or the deadline passed and was confirmed. */
  unanswered(generation: number, error: RedisInfraError, nowMs: number): void {
    this.note(error);
    this.breaker.unanswered(generation, error, nowMs);
    this.probeIfBroken();
  }

  /** There is no connection, and an attempt to get one has failed. */
  unreachable(error: RedisInfraError): void {
    this.breaker.unreachable(error);
    this.probeIfBroken();
  }

  /** A connection was made: it is worth a probe at once. */
  connected(): void {
    this.prober?.now();
  }

  /** Undefined as soon as reads are let through; why they are not, if a few probes have not changed that. */
  whenServing(): Promise<RedisInfraError | undefined> {
    const { breaker } = this.options;
    if (!this.breaker.read.isOpen || breaker === undefined) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      const settle = (): void => {
        cancel();
        this.waiting.delete(settle);
        resolve(this.breaker.read.isOpen ? this.breaker.refusal(false, 'connect', 'connect') : undefined);
      };
      const cancel = this.parts.scheduler.after(PROBES_AWAITED * breaker.probeTimeoutMs, settle);
      this.waiting.add(settle);
    });
  }

  /** After how many milliseconds a command that failed so is sent again; undefined if it is not. */
  retryDelayMs(command: RetryableCommand, error: RedisInfraError): number | undefined {
    const { retry } = this.options;
    if (retry === undefined || command.resends >= retry.attempts || !mayRepeat(command.kind, error)) return undefined;
    return this.refuses(command) ? undefined : retryDelayMs(this.parts.random);
  }

  /** Whether the circuits let nothing of that command through. */
  refuses({ name, kind }: RetryableCommand): boolean {
    return this.breaker.refusal(kind !== 'read', name, name) !== undefined;
  }

  /** Takes the price of one repetition; false if there is no more to spend. */
  spendRetryToken(): boolean {
    if (!this.budget.take(this.parts.clock.monotonicMs())) return false;
    this.retries++;
    return true;
  }

  /** What a circuit is to those who look at it. */
  state(name: CircuitName): CircuitState {
    if (this.breaker.isIsolated) return 'isolated';
    if (!this.breaker[name].isOpen) return 'closed';
    return this.prober?.isProbing === true ? 'half-open' : 'open';
  }

  /**
   * The connection was closed by its owner: nothing is probed, what waits for a permit is refused, and nothing is held against the node
   * when it is opened again.
   */
  stop(): void {
    this.prober?.stop();
    this.breaker.reset();
    this.queue.refuse(({ label }) => disconnected(label));
  }

  /** Why an open circuit refuses a command; undefined if none does. */
  readonly circuitRefusal = ({
    kind,
    name,
    label,
  }: Pick<QueuedCall, 'kind' | 'name' | 'label'>): RedisInfraError | undefined =>
    this.breaker.refusal(kind !== 'read', name, label);

  private isWithinLimit(): boolean {
    const { outstanding: underWay, limit } = this;
    return underWay < limit.current || limit.allows(underWay, this.parts.clock.monotonicMs());
  }

  /** Also while it is isolated, when nobody is told of a circuit that opens: only a probe can close it. */
  private probeIfBroken(): void {
    if (this.breaker.isBroken) this.prober?.start();
  }

  private note(error: RedisInfraError): void {
    this.lastError = lastErrorNow(error, this.parts.clock);
  }

  private closed(circuit: CircuitName): void {
    if (circuit === 'read') this.limit.restart(this.parts.clock.monotonicMs());
    if (circuit === 'read') for (const proceed of this.waiting) proceed();
    this.parts.listener.closed(circuit);
  }
}
