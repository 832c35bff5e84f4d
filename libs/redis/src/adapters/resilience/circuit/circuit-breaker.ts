import type { RedisInfraError } from '../../../common/redis-infra.error.js';
import { BREAKER_DEFAULTS, type ResolvedBreaker } from './breaker-options.js';
import { durationMs } from '../../../common/duration.js';
import { FailureStreak } from './failure-streak.js';
import { Circuit } from './circuit.js';
import type { CircuitName } from './circuit-state.js';
import { SlidingCounts } from './sliding-counts.js';

/** What a probe found out. `error` is why it did not go well. */
export interface ProbeResult {
  readonly read: boolean;
  readonly write: boolean;
  readonly error?: RedisInfraError | undefined;
}

/** Told after the fact. */
export interface BreakerListener {
  opened(circuit: CircuitName, reason: RedisInfraError | undefined): void;
  closed(circuit: CircuitName): void;
}

/** What a server at its maxmemory still takes, because it frees some. */
const FREEING: ReadonlySet<string> = new Set(['unlink', 'del', 'pexpire', 'expire', 'hdel']);

/**
 * Two circuits before one node. Reads go through the one, writes through the other: a server that was demoted, or is full, still answers
 * reads. It has no clock and no timer: it is told the (monotonic) moment, and probes are made by others.
 * @see https://martinfowler.com/bliki/CircuitBreaker.html
 */
export class CircuitBreaker {
  readonly read = new Circuit('read');
  readonly write = new Circuit('write');
  /** Changes with every circuit that opens or closes: results of calls begun before say nothing of what is now. */
  generation = 0;
  private readonly counts: SlidingCounts;
  private readonly streak: FailureStreak;
  private isolations = 0;

  constructor(
    /** Undefined: nothing but `isolate` opens it. */
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

  /** A circuit is open, and probes have to find out when it may be closed. */
  get isBroken(): boolean {
    return this.read.isOpen || this.write.isOpen;
  }

  /** Why that command may not be sent; undefined if it may. `label` is what the caller did. */
  refusal(isWrite: boolean, command: string, label: string): RedisInfraError | undefined {
    const circuit = isWrite ? this.write : this.read;
    if (!circuit.refuses || (isWrite && this.frees(command))) return undefined;
    return circuit.refusal(label, this.isIsolated ? undefined : circuit.reason);
  }

  /** The node answered, be it with a complaint about the call. */
  succeeded(generation: number, nowMs: number): void {
    if (generation !== this.generation) return;
    this.streak.end();
    this.counts.addSuccess(nowMs);
  }

  /** No answer came, this time. */
  unanswered(generation: number, reason: RedisInfraError, nowMs: number): void {
    if (generation !== this.generation || this.options === undefined) return;
    this.counts.addFailure(nowMs);
    const { successes: good, failures: bad } = this.counts;
    const { minimum, ratio } = this.options;
    const isTooMany = good + bad >= minimum && bad / (good + bad) >= ratio;
    if (this.streak.add(nowMs) || isTooMany) this.unreachable(reason);
  }

  /** It answered that it serves nobody now. */
  notServing(generation: number, reason: RedisInfraError): void {
    if (generation === this.generation) this.unreachable(reason);
  }

  /** It answered that it takes no writes now. */
  notWriting(generation: number, reason: RedisInfraError): void {
    if (generation !== this.generation) return;
    this.open([this.write], reason);
  }

  /** There is no connection, and there was none to be had. */
  unreachable(reason: RedisInfraError): void {
    this.open([this.read, this.write], reason);
  }

  /** What a probe found out. True if that brings a circuit nearer to being closed. */
  probed(result: ProbeResult): boolean {
    const read = this.advance(this.read, result.read, result.error);
    const write = this.advance(this.write, result.write, result.error);
    return read || write;
  }

  /** Opens both circuits by hand, whatever the node does, until the function it returns is called. */
  isolate(): () => void {
    this.isolations++;
    this.refresh();
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      this.isolations--;
      this.refresh();
    };
  }

  /** Forgets what was, and what is under way now; what was opened by hand stays open. */
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

  /** Tells of circuits that refuse now and did not, and of those that do not any more. */
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
