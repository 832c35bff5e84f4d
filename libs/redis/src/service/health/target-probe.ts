import type { Clock } from '../../common/clock.js';
import type { HealthTarget, NodeAnswer, TargetState } from '../../domain/health-source.js';
import { PROBE_TIMEOUT_MS } from './health-options.js';
import { nodesToAsk } from './judge-target.js';

/** How long answers are used, in milliseconds: more health checks do not send more commands. */
const CACHE_MS = 1000;

/** A state, and the answers of its nodes. */
export interface ProbedState {
  readonly state: TargetState;
  readonly answers: readonly NodeAnswer[];
}

/**
 * The probes of one target. It looks at the state first, and asks a server only if calls may reach it. One probe runs at
 * a time, and its answers are used for one second.
 */
export class TargetProbe {
  private last: (ProbedState & { readonly atMs: number }) | undefined;
  private running: Promise<ProbedState> | undefined;

  constructor(
    private readonly target: HealthTarget,
    private readonly clock: Clock,
  ) {}

  /** The state, with answers that are at most one second old. Never rejects. */
  async read(): Promise<ProbedState> {
    const state = this.target.state();
    if (nodesToAsk(state).length === 0) return { state, answers: [] };
    if (this.last !== undefined && this.isCurrent(this.last, state)) return { state, answers: this.last.answers };
    const probed = await (this.running ??= this.probe(state).finally(() => (this.running = undefined)));
    // The connection may have been lost meanwhile. A node that was not asked is judged by the state before the probe.
    const after = this.target.state();
    return { state: covers(probed.answers, after) ? after : probed.state, answers: probed.answers };
  }

  private async probe(state: TargetState): Promise<ProbedState> {
    const answers = await this.target.probe(nodesToAsk(state), PROBE_TIMEOUT_MS);
    this.last = { state, answers, atMs: this.clock.monotonicMs() };
    return this.last;
  }

  /** Answers from before a reconnect say nothing about the new connection. */
  private isCurrent({ atMs, answers, state: before }: ProbedState & { readonly atMs: number }, state: TargetState) {
    const isYoung = this.clock.monotonicMs() - atMs < CACHE_MS;
    return isYoung && before.since === state.since && covers(answers, state);
  }
}

/** Whether all nodes that would be asked now have been. */
function covers(answers: readonly NodeAnswer[], state: TargetState): boolean {
  return nodesToAsk(state).every((node) => answers.some((answer) => answer.node === node));
}
