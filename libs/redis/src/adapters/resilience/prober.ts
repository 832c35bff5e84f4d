import { outsideRequests } from '../../common/async-context.js';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import type { ProbeResult } from './circuit/circuit-breaker.js';
import type { Scheduler } from './scheduler.js';

/** Asks the node, on a connection of its own. What it learns after the signal is of no use to anybody. */
export type Probe = (signal: AbortSignal) => Promise<ProbeResult>;

export interface ProberOptions {
  readonly probeDelayMs: number;
  readonly maxProbeDelayMs: number;
  readonly probeTimeoutMs: number;
}

export interface ProberParts {
  readonly probe: Probe;
  readonly scheduler: Scheduler;
  /** From 0 to 1. */
  readonly random: () => number;
  /** Told of each result. True if it brought the end nearer: then the next probe follows at once. */
  readonly onResult: (result: ProbeResult) => boolean;
}

/** A pause is at least so much of what it would be, and at most all of it: a fleet does not probe in step. */
const LEAST_PAUSE = 0.75;

/** Probes a node, again and again, until it is stopped: one probe at a time, at growing pauses, each with a timeout of its own. */
export class Prober {
  /** A probe is under way. */
  isProbing = false;
  private isOn = false;
  /** The pause after the next probe that does not go well. */
  private pauseMs = 0;
  private controller: AbortController | undefined;
  /** Prevents what is to happen next: the next probe, or the timeout of the one under way. */
  private cancel: () => void = () => {};

  constructor(
    private readonly options: ProberOptions,
    private readonly parts: ProberParts,
  ) {}

  start(): void {
    if (this.isOn) return;
    this.isOn = true;
    this.pauseMs = this.options.probeDelayMs;
    this.next(this.pauseMs);
  }

  /** There is reason to think that the node is back. A probe under way began before that, and is given up. */
  now(): void {
    if (!this.isOn) return;
    this.giveUp();
    outsideRequests(() => this.probe());
  }

  stop(): void {
    this.isOn = false;
    this.giveUp();
  }

  private next(delayMs: number): void {
    this.cancel = this.parts.scheduler.after(delayMs, () => this.probe());
  }

  private probe(): void {
    const controller = new AbortController();
    this.controller = controller;
    this.isProbing = true;
    const end = (result: ProbeResult): void => {
      if (this.controller === controller) this.ended(result);
    };
    this.cancel = this.parts.scheduler.after(this.options.probeTimeoutMs, () => end(noAnswer(this.options)));
    this.parts.probe(controller.signal).then(end, () => end({ read: false, write: false }));
  }

  private ended(result: ProbeResult): void {
    this.giveUp();
    const isNearer = this.parts.onResult(result);
    if (!this.isOn) return;
    if (isNearer) return this.next(0);
    this.pauseMs = Math.min(this.options.maxProbeDelayMs, 2 * this.pauseMs);
    this.next(this.pauseMs * (LEAST_PAUSE + (1 - LEAST_PAUSE) * this.parts.random()));
  }

  private giveUp(): void {
    this.cancel();
    this.isProbing = false;
    const { controller } = this;
    this.controller = undefined;
    controller?.abort();
  }
}

function noAnswer({ probeTimeoutMs }: ProberOptions): ProbeResult {
  const error = new RedisInfraError('DEADLINE_EXCEEDED', `a probe had no answer within ${probeTimeoutMs} ms`, {
    outcome: 'unknown',
  });
  return { read: false, write: false, error };
}
