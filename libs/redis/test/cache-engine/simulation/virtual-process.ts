import type { Clock } from '../../../src/common/clock.js';
import type { Timers } from '../../../src/common/time/timers.js';
import type { StepOwner, VirtualScheduler } from './virtual-scheduler.js';

/** The wall clock at the start of a simulation. */
export const EPOCH_MS = 1_700_000_000_000;

/** A process of a simulation: it has its own clocks and timers, and it can be paused and killed. */
export class VirtualProcess implements StepOwner {
  state: 'running' | 'paused' | 'killed' = 'running';
  /** How far the wall clock of this process is ahead. */
  wallSkewMs = 0;
  pendingSteps = 0;
  foregroundSteps = 0;
  /** The timers of this process that are not cancelled and have not run. */
  pendingTimers = 0;
  readonly clock: Clock;
  readonly timers: Timers;
  private readonly heldSteps: ((position: number) => void)[] = [];

  constructor(
    readonly name: string,
    readonly scheduler: VirtualScheduler,
  ) {
    // Each process began at another time, so monotonic clocks of two processes cannot be compared.
    const startedMs = scheduler.random.below(1_000_000);
    this.clock = {
      monotonicMs: () => startedMs + scheduler.nowMs,
      wallMs: () => EPOCH_MS + scheduler.nowMs + this.wallSkewMs,
    };
    this.timers = {
      after: (ms, work) => this.timer(ms, work, false),
      afterInBackground: (ms, work) => this.timer(ms, work, true),
    };
  }

  /** Stops all steps for a time, as SIGSTOP does. Clocks go on. */
  pause(ms: number): void {
    if (this.state !== 'running') return;
    this.state = 'paused';
    this.scheduler.after(ms, () => this.resume(), { isSilent: true });
  }

  /** Ends the process: no step of it runs any more. */
  kill(): void {
    this.state = 'killed';
    this.scheduler.forget(this);
  }

  whenResumed(requeue: (position: number) => void): void {
    this.heldSteps.push(requeue);
  }

  private resume(): void {
    if (this.state !== 'paused') return;
    this.state = 'running';
    this.heldSteps.splice(0).forEach((requeue, position) => requeue(position));
  }

  private timer(ms: number, work: () => void, isBackground: boolean): () => void {
    let isPending = true;
    this.pendingTimers++;
    const ended = (): void => {
      if (isPending) this.pendingTimers--;
      isPending = false;
    };
    const run = (): void => {
      ended();
      work();
    };
    const cancel = this.scheduler.after(ms, run, { process: this, isBackground });
    return () => {
      ended();
      cancel();
    };
  }
}
