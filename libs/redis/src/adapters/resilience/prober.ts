import { outsideRequests } from '../../common/async-context.js';
import type { Clock } from '../../common/clock.js';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import type { ProbeResult } from './circuit/circuit-breaker.js';
import type { Scheduler } from './scheduler.js';

/** Checks a node on a separate connection. The result is ignored after the signal has aborted. */
export type Probe = (signal: AbortSignal) => Promise<ProbeResult>;

/** The delays of a prober, in milliseconds. */
export interface ProberOptions {
  readonly probeDelayMs: number;
  readonly maxProbeDelayMs: number;
  readonly probeTimeoutMs: number;
}

export interface ProberParts {
  readonly probe: Probe;
  readonly scheduler: Scheduler;
  /** Returns a random number from 0 to 1. */
  readonly random: () => number;
  readonly clock: Clock;
  /**
   * Called with each result. Returns whether a circuit is closer to being closed; the next probe then follows
   * immediately.
   */
  readonly onResult: (result: ProbeResult) => boolean;
}

/** A delay is shortened to at least this share, so that many processes do not probe at the same time. */
const MIN_DELAY_SHARE = 0.75;

/**
 * Probes a node repeatedly until it is stopped: one probe at a time, with growing delays, and a timeout for each probe.
 */
export class Prober {
  /** Whether a probe is running. */
  isProbing = false;
  /** When the next probe begins, in milliseconds since 1970; undefined while a probe runs, and when it is stopped. */
  nextProbeAt: number | undefined;
  private isStarted = false;
  /** The delay after the next failed probe. */
  private delayMs = 0;
  private controller: AbortController | undefined;
  /** Cancels the timer of the next probe, or of the timeout of the running probe. */
  private cancel: () => void = () => {};

  constructor(
    private readonly options: ProberOptions,
    private readonly parts: ProberParts,
  ) {}

  start(): void {
    if (this.isStarted) return;
    this.isStarted = true;
    this.delayMs = this.options.probeDelayMs;
    this.schedule(this.delayMs);
  }

  /**
   * Probes immediately, because the node may be available again. A running probe began before that, so it is aborted.
   */
  now(): void {
    if (!this.isStarted) return;
    this.abort();
    outsideRequests(() => this.probe());
  }

  stop(): void {
    this.isStarted = false;
    this.abort();
  }

  private schedule(delayMs: number): void {
    this.nextProbeAt = this.parts.clock.wallMs() + Math.round(delayMs);
    this.cancel = this.parts.scheduler.after(delayMs, () => this.probe());
  }

  private probe(): void {
    const controller = new AbortController();
    this.controller = controller;
    this.nextProbeAt = undefined;
    this.isProbing = true;
    const end = (result: ProbeResult): void => {
      if (this.controller === controller) this.finish(result);
    };
    this.cancel = this.parts.scheduler.after(this.options.probeTimeoutMs, () => end(noAnswer(this.options)));
    this.parts.probe(controller.signal).then(end, () => end({ read: false, write: false }));
  }

  private finish(result: ProbeResult): void {
    this.abort();
    const isNearer = this.parts.onResult(result);
    if (!this.isStarted) return;
    if (isNearer) return this.schedule(0);
    this.delayMs = Math.min(this.options.maxProbeDelayMs, 2 * this.delayMs);
    this.schedule(this.delayMs * (MIN_DELAY_SHARE + (1 - MIN_DELAY_SHARE) * this.parts.random()));
  }

  private abort(): void {
    this.cancel();
    this.nextProbeAt = undefined;
    this.isProbing = false;
    const { controller } = this;
    this.controller = undefined;
    controller?.abort();
  }
}

function noAnswer({ probeTimeoutMs }: ProberOptions): ProbeResult {
  const error = new RedisInfraError('DEADLINE_EXCEEDED', `a probe got no answer within ${probeTimeoutMs} ms`, {
    outcome: 'unknown',
  });
  return { read: false, write: false, error };
}
