import type { RedisInfraError } from '../../../common/redis-infra.error.js';
import { BREAKER_DEFAULTS, type ResolvedBreaker } from './breaker-options.js';
import { durationMs } from '../../../common/duration.js';
import { FailureStreak } from './failure-streak.js';
import { Circuit } from './circuit.js';
import type { CircuitName } from './circuit-state.js';
import { SlidingCounts } from './sliding-counts.js';

/** The result of a probe: whether the node accepts reads and writes. `error` is the reason when it does not. */
export interface ProbeResult {
  readonly read: boolean;
  readonly write: boolean;
  readonly error?: RedisInfraError | undefined;
}

/** Receives the changes of the circuits, after they have happened. */
export interface BreakerListener {
  opened(circuit: CircuitName, reason: RedisInfraError | undefined): void;
  closed(circuit: CircuitName): void;
}

/** Commands that a server at its maxmemory executes, because they free memory. */
const FREEING: ReadonlySet<string> = new Set(['unlink', 'del', 'pexpire', 'expire', 'hdel']);

/**
 * The two circuits of a node. Reads and writes have separate circuits, because a demoted or full server still answers
 * reads. The breaker has no clock and no timer: callers pass the monotonic time, and a `Prober` runs the probes.
 * @see https://martinfowler.com/bliki/CircuitBreaker.html
 */
export class CircuitBreaker {
  readonly read = new Circuit('read');
  readonly write = new Circuit('write');
  /** Changes when a circuit opens or closes. Results of calls of an earlier generation do not count. */
  generation = 0;
  private readonly counts: SlidingCounts;
  private readonly streak: FailureStreak;
  private isolations = 0;

  constructor(
    /** Undefined: only `isolate` opens the circuits. */
    private readonly options: ResolvedBreaker | undefined,
    private readonly listener: BreakerListener,
  ) {
    const windowMs = options?.windowMs ?? durationMs(BREAKER_DEFAULTS.window, 'window');
    this.counts = new SlidingCounts(windowMs);
    this.streak = new FailureStreak(options?.consecutive ?? BREAKER_DEFAULTS.consecutive, windowMs);
  }

  get isIsolated(): boolean {
    return this.isolations > 0;
  }

  /** Whether a circuit is open, so that probes are needed to close it. */
  get isBroken(): boolean {
    return this.read.isOpen || this.write.isOpen;
  }

  /** The error for a command that must not be sent; undefined if it may. `label` is the operation of the caller. */
  refusal(isWrite: boolean, command: string, label: string): RedisInfraError | undefined {
    const circuit = isWrite ? this.write : this.read;
    if (!circuit.refuses || (isWrite && this.frees(command))) return undefined;
    return circuit.refusal(label, this.isIsolated ? undefined : circuit.reason);
  }

  /** Call it when the node answered, even if with an error about the call. */
  succeeded(generation: number, nowMs: number): void {
    if (generation !== this.generation) return;
    this.streak.end();
    this.counts.addSuccess(nowMs);
  }

  /** Call it when an answer is missing. */
  unanswered(generation: number, reason: RedisInfraError, nowMs: number): void {
    if (generation !== this.generation || this.options === undefined) return;
    this.counts.addFailure(nowMs);
    const { successes, failures } = this.counts;
    const { minimum, ratio } = this.options;
    const total = successes + failures;
    const isTooMany = total >= minimum && failures / total >= ratio;
    if (this.streak.add(nowMs) || isTooMany) this.unreachable(reason);
  }

  /** Call it when the node replied that it refuses all commands now. */
  notServing(generation: number, reason: RedisInfraError): void {
    if (generation === this.generation) this.unreachable(reason);
  }

  /** Call it when the node replied that it refuses writes now. */
  notWriting(generation: number, reason: RedisInfraError): void {
    if (generation !== this.generation) return;
    this.open([this.write], reason);
  }

  /** Call it when an attempt to connect failed. */
  unreachable(reason: RedisInfraError): void {
    this.open([this.read, this.write], reason);
  }

  /** Call it with the result of a probe. Returns whether a circuit is closer to being closed. */
  probed(result: ProbeResult): boolean {
    const read = this.advance(this.read, result.read, result.error);
    const write = this.advance(this.write, result.write, result.error);
    return read || write;
  }

  /** Opens both circuits by hand, whatever the state of the node. @returns a function that ends the isolation */
  isolate(): () => void {
    this.isolations++;
    this.refresh();
    let isEnded = false;
    return () => {
      if (isEnded) return;
      isEnded = true;
      this.isolations--;
      this.refresh();
    };
  }

  /** Closes the circuits and ignores the results of commands in flight. An isolation remains. */
  reset(): void {
    this.generation++;
    this.streak.end();
    this.counts.clear();
    this.read.isOpen = this.write.isOpen = false;
    this.refresh();
  }

  private frees(command: string): boolean {
    const isFull = this.write.isOpen && this.write.reason?.code === 'OUT_OF_MEMORY';
    return isFull && !this.read.refuses && FREEING.has(command);
  }

  private open(circuits: readonly Circuit[], reason: RedisInfraError): void {
    if (this.options === undefined) return;
    for (const circuit of circuits) {
      circuit.reason = reason;
      if (!circuit.isOpen) circuit.successes = 0;
      circuit.isOpen = true;
    }
    this.refresh();
  }

  private advance(circuit: Circuit, isHealthy: boolean, reason: RedisInfraError | undefined): boolean {
    if (!circuit.isOpen) return false;
    if (!isHealthy) {
      circuit.successes = 0;
      if (reason !== undefined) circuit.reason = reason;
      return false;
    }
    if (++circuit.successes >= (this.options?.successes ?? 1)) {
      circuit.isOpen = false;
      this.refresh();
    }
    return true;
  }

  /** Notifies the listener of the circuits that refuse calls now, or no longer do. */
  private refresh(): void {
    const changed = [this.read, this.write].filter(
      (circuit) => circuit.refuses !== (circuit.isOpen || this.isIsolated),
    );
    if (changed.length === 0) return;
    this.generation++;
    this.streak.end();
    this.counts.clear();
    for (const circuit of changed) circuit.refuses = !circuit.refuses;
    for (const circuit of changed) {
      if (circuit.refuses) this.listener.opened(circuit.name, this.isIsolated ? undefined : circuit.reason);
      else this.listener.closed(circuit.name);
    }
  }
}
