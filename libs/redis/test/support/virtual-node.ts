import type { Clock } from '../../src/common/clock.js';
import { RedisInfraError } from '../../src/common/redis-infra.error.js';
import type { ProbeResult } from '../../src/adapters/resilience/circuit/circuit-breaker.js';
import { NodeGuard } from '../../src/adapters/resilience/node-guard.js';
import { resolveResilience, type ResilienceOptions } from '../../src/adapters/resilience/resilience-options.js';
import type { Scheduler } from '../../src/adapters/resilience/scheduler.js';

export const DEADLINE = new RedisInfraError('DEADLINE_EXCEEDED', 'GET had no answer', { outcome: 'unknown' });
export const REFUSED = new RedisInfraError('CONNECTION_FAILED', 'Redis cannot be reached');
export const CLOSED = new RedisInfraError('CONNECTION_FAILED', 'closed in flight', { outcome: 'unknown' });
export const reply = (word: string): RedisInfraError =>
  new RedisInfraError('COMMAND_FAILED', `Redis answered ${word}`, {
    outcome: 'not-executed',
    context: { reply: word },
  });
export const READ_ONLY = new RedisInfraError('READ_ONLY', 'a replica', { outcome: 'not-executed' });
export const FULL = new RedisInfraError('OUT_OF_MEMORY', 'full', { outcome: 'not-executed' });
export const WELL: ProbeResult = { read: true, write: true };

/** A clock that advances only when a test calls `pass`, with its timers. */
export class VirtualTime implements Clock, Scheduler {
  nowMs = 1000;
  /** How far the wall clock is ahead of the monotonic clock, in ms. */
  wallAheadMs = 0;
  private readonly timers = new Set<{ readonly dueMs: number; readonly run: () => void }>();

  readonly monotonicMs = (): number => this.nowMs;
  readonly wallMs = (): number => this.nowMs + this.wallAheadMs;

  after(delayMs: number, run: () => void): () => void {
    const timer = { dueMs: this.nowMs + delayMs, run };
    this.timers.add(timer);
    return () => void this.timers.delete(timer);
  }

  get armed(): number {
    return this.timers.size;
  }

  /** Advances the clock by `ms`, running all timers that become due. */
  async pass(ms: number): Promise<void> {
    const endMs = this.nowMs + ms;
    for (;;) {
      await microtasks();
      const [next] = [...this.timers].filter(({ dueMs }) => dueMs <= endMs).sort((a, b) => a.dueMs - b.dueMs);
      if (next === undefined) break;
      this.nowMs = Math.max(this.nowMs, next.dueMs);
      this.timers.delete(next);
      next.run();
    }
    this.nowMs = endMs;
  }
}

export async function microtasks(): Promise<void> {
  for (let i = 0; i < 8; i++) await Promise.resolve();
}

/** A probe that the test answers. */
export interface HeldProbe {
  readonly atMs: number;
  readonly signal: AbortSignal;
  answer(result: ProbeResult): void;
}

export interface VirtualNode {
  readonly time: VirtualTime;
  readonly guard: NodeGuard;
  /** The started probes, in order. */
  readonly probes: HeldProbe[];
  /** `+read` for opened, `-read` for closed, `?true` for a successful probe. */
  readonly events: string[];
  /** The immediate answer to every probe. With undefined, the test answers them. */
  answer: ProbeResult | undefined;
  /** Whether a call would be let through: `ok` or the code of its refusal. */
  call(kind?: 'read' | 'write', command?: string, inFlight?: number): string;
}

export function virtualNode(options: ResilienceOptions = {}, random: () => number = () => 0.5): VirtualNode {
  const time = new VirtualTime();
  const probes: HeldProbe[] = [];
  const events: string[] = [];
  const node = { time, probes, events, answer: undefined as ProbeResult | undefined };
  const guard = new NodeGuard(resolveResilience(options, 'resilience'), {
    clock: time,
    scheduler: time,
    random,
    probe: (signal) =>
      new Promise((answer) => {
        probes.push({ atMs: time.nowMs, signal, answer });
        if (node.answer !== undefined) answer(node.answer);
      }),
    listener: {
      opened: (circuit) => events.push(`+${circuit}`),
      closed: (circuit) => events.push(`-${circuit}`),
      probed: (isWell) => events.push(`?${isWell}`),
      failed: () => {},
    },
  });
  const call: VirtualNode['call'] = (kind = 'read', command = kind === 'read' ? 'get' : 'set', inFlight = 0) => {
    guard.outstanding = inFlight;
    return guard.refusal(kind === 'write', command, command.toUpperCase())?.code ?? 'ok';
  };
  return Object.assign(node, { guard, call });
}
