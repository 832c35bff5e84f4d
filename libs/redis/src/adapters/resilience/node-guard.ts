import type { Clock } from '../../common/clock.js';
import type { ErrorCode } from '../../common/error-codes.js';
import type { RedisInfraError } from '../../common/redis-infra.error.js';
import { disconnected } from '../errors/error-mapping.js';
import { CircuitBreaker, type BreakerListener } from './circuit/circuit-breaker.js';
import { overloaded } from './circuit/circuit-open.error.js';
import { classify } from './circuit/failure-class.js';
import type { CircuitName, CircuitState } from './circuit/circuit-state.js';
import { InFlightLimit } from './in-flight-limit.js';
import { lastErrorNow, type LastError } from './last-error.js';
import { PermitQueue, type NamedCommand, type QueuedCall, type QueuePosition } from './permit-queue.js';
import { Prober, type Probe } from './prober.js';
import type { ResolvedResilience } from './resilience-options.js';
import { RetryBudget } from './retry/retry-budget.js';
import { mayRepeat, retryDelayMs } from './retry/retry-rule.js';
import type { Scheduler } from './scheduler.js';

/** Receives the events of a guard. */
export interface GuardListener extends BreakerListener {
  /** Called after each probe. `isHealthy` is true when the probe can close every open circuit. */
  probed(isHealthy: boolean): void;
  /** Called for each failure of the server or the connection, and for each refused call. */
  failed(code: ErrorCode): void;
}

export interface GuardParts {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly random: () => number;
  readonly probe: Probe;
  readonly listener: GuardListener;
}

/** The properties of a command that decide whether it is retried. */
export interface RetryableCommand extends Omit<NamedCommand, 'label'> {
  /** The number of its retries so far. */
  readonly resends: number;
}

/** `connect` waits for the time of this number of probes. */
const MAX_PROBES_AWAITED = 2;

/**
 * Decides for each command to one node whether it is sent, queued, refused or retried. It has two circuits, an
 * in-flight limit and a retry budget.
 */
export class NodeGuard {
  readonly breaker: CircuitBreaker;
  /** The number of retries since the guard was created. */
  retries = 0;
  /**
   * The number of commands with a permit: in flight, or waiting for the connection or a retry. The sender of the
   * commands counts them.
   */
  outstanding = 0;
  /** Commands that wait for a permit. */
  readonly queue = new PermitQueue();
  /** When a circuit last opened or closed, in milliseconds since 1970; undefined if none has. */
  since: number | undefined;
  private isStarting = false;
  lastError: LastError | undefined;
  private readonly limit: InFlightLimit;
  private readonly budget: RetryBudget;
  private readonly prober: Prober | undefined;
  /** Callbacks of `whenServing` that wait until the read circuit is closed. */
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
        this.since = parts.clock.wallMs();
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
      clock: parts.clock,
      onResult: (result) => {
        parts.listener.probed(result.read && (result.write || !this.breaker.write.isOpen));
        const isNearer = this.breaker.probed(result);
        // While the node is isolated, `closed` is not called, so the prober is stopped here.
        if (!this.breaker.isBroken) this.prober?.stop();
        return isNearer;
      },
    });
  }

  /** The generation of the circuits. A command keeps it from its sending until its result. */
  get generation(): number {
    return this.breaker.generation;
  }

  /**
   * The error for a command that may be neither sent nor queued; undefined if it may. It is on the hot path, so it
   * checks each condition once.
   * @param isAdmitted whether the limits are skipped, so that only the circuits can refuse
   */
  refusal(isWrite: boolean, command: string, label: string, isAdmitted = false): RedisInfraError | undefined {
    const circuit = isWrite ? this.breaker.write : this.breaker.read;
    const refusal = circuit.refuses ? this.breaker.refusal(isWrite, command, label) : undefined;
    if (refusal !== undefined) this.parts.listener.failed(refusal.code);
    if (refusal !== undefined || isAdmitted) return refusal;
    const { queue, options } = this;
    if (this.isWithinLimit() || queue.size < options.maxQueued) return undefined;
    this.parts.listener.failed('OVERLOADED');
    return overloaded(label, { limit: this.limit.current, queued: queue.size });
  }

  /** Whether a command may be sent now: a permit is free, and no other command waits for it. */
  get hasPermit(): boolean {
    return this.queue.size === 0 && this.isWithinLimit();
  }

  /** Adds a command to the end of the queue. */
  enqueue(call: QueuedCall): QueuePosition {
    return this.queue.add(call);
  }

  /** Starts queued commands while permits are free. Call it whenever `outstanding` decreases. */
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

  /** Call it when the node executed a command. `nowMs` is monotonic. */
  answered(generation: number, nowMs: number): void {
    this.breaker.succeeded(generation, nowMs);
    this.budget.succeeded(nowMs);
  }

  /** Call it when the node replied with an error. */
  replied(generation: number, error: RedisInfraError, nowMs: number): void {
    const failure = classify(error);
    if (failure === 'caller' || failure === 'moving') return this.answered(generation, nowMs);
    this.note(error);
    if (failure === 'not-serving') this.breaker.notServing(generation, error);
    else if (failure === 'not-writing') this.breaker.notWriting(generation, error);
    this.probeIfBroken();
  }

  /** Call it when no answer arrived: the connection closed, or the deadline passed and was confirmed. */
  unanswered(generation: number, error: RedisInfraError, nowMs: number): void {
    this.note(error);
    this.breaker.unanswered(generation, error, nowMs);
    this.probeIfBroken();
  }

  /** Call it when an attempt to connect failed. */
  unreachable(error: RedisInfraError): void {
    this.parts.listener.failed(error.code);
    this.breaker.unreachable(error);
    this.probeIfBroken();
  }

  /** Call it when the node was connected. It starts a probe immediately. */
  connected(): void {
    this.prober?.now();
  }

  /**
   * Resolves with undefined when the read circuit is closed, or with its refusal when a few probes have not closed it.
   */
  whenServing(): Promise<RedisInfraError | undefined> {
    const { breaker } = this.options;
    if (!this.breaker.read.isOpen || breaker === undefined) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      const settle = (): void => {
        cancel();
        this.waiting.delete(settle);
        resolve(this.breaker.read.isOpen ? this.breaker.refusal(false, 'connect', 'connect') : undefined);
      };
      const cancel = this.parts.scheduler.after(MAX_PROBES_AWAITED * breaker.probeTimeoutMs, settle);
      this.waiting.add(settle);
    });
  }

  /**
   * The delay before the retry of a command that failed with `error`, in milliseconds; undefined when it is not
   * retried.
   */
  retryDelayMs(command: RetryableCommand, error: RedisInfraError): number | undefined {
    const { retry } = this.options;
    if (retry === undefined || command.resends >= retry.attempts || !mayRepeat(command.kind, error)) return undefined;
    return this.refuses(command) ? undefined : retryDelayMs(this.parts.random);
  }

  /** Whether the circuits refuse the command. */
  refuses({ name, kind, effect = name }: Omit<NamedCommand, 'label'>): boolean {
    return this.breaker.refusal(kind !== 'read', effect, name) !== undefined;
  }

  /** Takes a retry token; false when there is none. */
  spendRetryToken(): boolean {
    if (!this.budget.take(this.parts.clock.monotonicMs())) return false;
    this.retries++;
    return true;
  }

  /** The state of a circuit. */
  state(name: CircuitName): CircuitState {
    if (this.breaker.isIsolated) return 'isolated';
    if (!this.breaker[name].isOpen) return 'closed';
    return this.prober?.isProbing === true ? 'half-open' : 'open';
  }

  /** When the next probe begins, in milliseconds since 1970; undefined if none is planned. */
  get nextProbeAt(): number | undefined {
    return this.prober?.nextProbeAt;
  }

  /**
   * Call it when the owner closes the connection. It stops the probes, refuses queued commands, and closes the circuits
   * for the next connection.
   */
  stop(): void {
    this.prober?.stop();
    this.breaker.reset();
    this.queue.refuse(({ label }) => disconnected(label));
  }

  /** The error for a command that an open circuit refuses; undefined otherwise. */
  readonly circuitRefusal = ({ kind, name, label, effect = name }: NamedCommand): RedisInfraError | undefined =>
    this.breaker.refusal(kind !== 'read', effect, label);

  private isWithinLimit(): boolean {
    const { outstanding, limit } = this;
    return outstanding < limit.current || limit.allows(outstanding, this.parts.clock.monotonicMs());
  }

  /**
   * Starts probes also while the node is isolated and `opened` is not called, because only a probe can close a circuit.
   */
  private probeIfBroken(): void {
    if (this.breaker.isBroken) this.prober?.start();
  }

  private note(error: RedisInfraError): void {
    this.parts.listener.failed(error.code);
    this.lastError = lastErrorNow(error, this.parts.clock);
  }

  private closed(circuit: CircuitName): void {
    this.since = this.parts.clock.wallMs();
    if (circuit === 'read') this.limit.restart(this.parts.clock.monotonicMs());
    if (circuit === 'read') for (const proceed of this.waiting) proceed();
    this.parts.listener.closed(circuit);
  }
}
