import type { FuzzRandom } from '../../codec/fuzz/fuzz-random.js';
import { StepQueue, type QueuedStep } from './step-queue.js';

/** What steps belong to. */
export interface StepOwner {
  readonly state: 'running' | 'paused' | 'killed';
  /** The steps that are scheduled, and those of them that keep the simulation running. */
  pendingSteps: number;
  foregroundSteps: number;
  /** Called with a step that is due during a pause. Steps resume in their order. */
  whenResumed(requeue: (position: number) => void): void;
}

/** How a step is scheduled. */
export interface StepOptions {
  /** The process that the step belongs to: it runs only while the process does. @default the server or the network */
  readonly process?: StepOwner | undefined;
  /** The simulation does not wait for the step. @default false */
  readonly isBackground?: boolean | undefined;
  /** The step settles no promise, so no microtask can follow from it. @default false */
  readonly isSilent?: boolean | undefined;
}

interface Step extends QueuedStep, StepOptions {
  dueMs: number;
  readonly work: () => void;
  isCancelled: boolean;
}

/** Keeps two steps in their order: less than any delay. */
export const ORDER_MS = 1e-4;

const NO_OPTIONS: StepOptions = {};

/** A history that needs more steps than this does not end. */
const MAX_STEPS = 20_000;

/**
 * Runs the steps of a simulation one by one, in the order of virtual time; a random number orders the steps of one
 * moment. Between two steps all microtasks run, so that only steps interleave. The same seed gives the same order.
 */
export class VirtualScheduler {
  /** The scheduler whose step runs now: unhandled rejections are its. */
  static active: VirtualScheduler | undefined;

  /** The virtual time since the start, in milliseconds. */
  nowMs = 0;
  /** Errors that no promise delivers: unhandled rejections and errors that a step throws. */
  readonly strayErrors: unknown[] = [];
  private readonly steps = new StepQueue<Step>();
  private foreground = 0;
  private count = 0;

  constructor(readonly random: FuzzRandom) {}

  /** Runs `work` after `delayMs`. Returns the function that cancels it. */
  after(delayMs: number, work: () => void, options: StepOptions = NO_OPTIONS): () => void {
    const { process, isBackground = false, isSilent = false } = options;
    const dueMs = this.nowMs + Math.max(0, delayMs);
    const step: Step = {
      process,
      isBackground,
      isSilent,
      dueMs,
      order: this.random.below(2 ** 31),
      work,
      isCancelled: false,
    };
    this.push(step);
    return () => {
      if (step.isCancelled) return;
      step.isCancelled = true;
      this.leave(step);
    };
  }

  /** Runs steps until only background steps are left. False if that does not happen. */
  async run(): Promise<boolean> {
    // What was started outside of a step may not have scheduled anything yet.
    await microtasksDone();
    while (this.foreground > 0) {
      if (++this.count > MAX_STEPS) return false;
      const step = this.steps.pop();
      if (step === undefined) break;
      if (!this.execute(step)) continue;
      if (step.isSilent !== true) await microtasksDone();
    }
    return true;
  }

  /** Removes the steps of a process that was killed. */
  forget(process: StepOwner): void {
    this.foreground -= process.foregroundSteps;
    process.foregroundSteps = 0;
    process.pendingSteps = 0;
  }

  private execute(step: Step): boolean {
    const { process } = step;
    if (step.isCancelled || process?.state === 'killed') return false;
    if (process?.state === 'paused') {
      process.whenResumed((position) => {
        step.dueMs = this.nowMs + position * ORDER_MS;
        this.steps.push(step);
      });
      return false;
    }
    this.nowMs = Math.max(this.nowMs, step.dueMs);
    step.isCancelled = true;
    this.leave(step);
    VirtualScheduler.active = this;
    try {
      step.work();
    } catch (error) {
      this.strayErrors.push(error);
    }
    return true;
  }

  private push(step: Step): void {
    const { process } = step;
    if (process?.state === 'killed') return;
    this.steps.push(step);
    if (process !== undefined) process.pendingSteps++;
    if (step.isBackground === true) return;
    this.foreground++;
    if (process !== undefined) process.foregroundSteps++;
  }

  private leave({ process, isBackground }: Step): void {
    if (process?.state === 'killed') return;
    if (process !== undefined) process.pendingSteps--;
    if (isBackground === true) return;
    this.foreground--;
    if (process !== undefined) process.foregroundSteps--;
  }
}

/** Resolves after all microtasks that are queued now, and those that they queue. */
function microtasksDone(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
