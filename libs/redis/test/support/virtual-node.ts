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

/** A clock that goes when it is told to, and the timers on it. */
export class VirtualTime implements Clock, Scheduler {
  nowMs = 1000;
  /** What a wall clock says more than this one. */
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

  /** Lets so much time pass, with all that falls due, and what follows from it. */
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
  for (let turn = 0; turn < 8; turn++) await Promise.resolve();
}

/** A probe that the test answers when it likes. */
export interface HeldProbe {
  readonly atMs: number;
  readonly signal: AbortSignal;
  answer(result: ProbeResult): void;
}

export interface VirtualNode {
  readonly time: VirtualTime;
  readonly guard: NodeGuard;
  /** Those that were begun, in order. */
  readonly probes: HeldProbe[];
  /** `+read` opened, `-read` closed, `?true` a probe that went well. */
  readonly events: string[];
  /** Answers every probe at once; undefined: they are held. */
  answer: ProbeResult | undefined;
  /** Whether a call would go through: `ok` or the code of its refusal. */
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
    },
  });
  const call: VirtualNode['call'] = (kind = 'read', command = kind === 'read' ? 'get' : 'set', underWay = 0) => {
    guard.outstanding = underWay;
    return guard.refusal(kind === 'write', command, command.toUpperCase())?.code ?? 'ok';
  };
  return Object.assign(node, { guard, call });
}
