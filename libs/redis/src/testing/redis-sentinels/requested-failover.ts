import { systemClock } from '../../common/clock.js';
import { until } from '../redis-process/until.js';
import type { KnownServer } from './sentinel.process.js';

/** A Sentinel that can start a failover. */
export interface FailoverSentinel {
  master(): Promise<KnownServer>;
  failover(): Promise<void>;
}

export interface RequestedFailoverParts<Server> {
  /** The Sentinel to use now; undefined while none is running. */
  readonly sentinel: () => FailoverSentinel | undefined;
  /** The new master, once all Sentinels agree on it. */
  readonly newMaster: () => Promise<Server | undefined>;
  /** How long the failover may take, aborted attempts included, in ms. */
  readonly withinMs: number;
  /**
   * How long to wait after a request, and after the last sign of a running failover, before the next request, in ms.
   * @default 300
   */
  readonly pauseMs?: number | undefined;
}

/**
 * An aborted failover can still succeed at another Sentinel. An immediate second request would then cause two
 * failovers.
 */
const PAUSE_MS = 300;

/**
 * Has the Sentinels replace a healthy master. Redis can accept the request and then abort the failover: if the other
 * Sentinels do not see a promoted replica as the master in time, they demote it again. Nothing restarts the failover
 * then, because the master is healthy. So the request is repeated until another server is the master.
 */
export class RequestedFailover<Server> {
  private started = 0;
  private notBeforeMs = -Infinity;

  constructor(
    /** The port of the master to replace. */
    private readonly port: number,
    private readonly parts: RequestedFailoverParts<Server>,
  ) {}

  /** @throws Error when there is no new master in time. Its cause describes the progress. */
  done(): Promise<Server> {
    const { newMaster, withinMs } = this.parts;
    const what = `the Sentinels replace the master on port ${this.port} on request`;
    return until(what, async () => (await newMaster()) ?? this.requestAndThrow(), { withinMs });
  }

  /** Sends a request if one is due. @throws Error always, with the reason why the failover is not complete. */
  private async requestAndThrow(): Promise<never> {
    const { sentinel: find, pauseMs = PAUSE_MS } = this.parts;
    const sentinel = find();
    if (sentinel === undefined) throw new Error('no Sentinel is running');
    const { port, flags = '' } = await sentinel.master();
    const isIdle = Number(port) === this.port && !flags.includes('failover_in_progress');
    if (isIdle && systemClock.monotonicMs() < this.notBeforeMs) throw this.notDone();
    if (isIdle) await sentinel.failover().then(() => this.started++);
    this.notBeforeMs = systemClock.monotonicMs() + pauseMs;
    throw this.notDone();
  }

  private notDone(): Error {
    return new Error(`${this.started} failovers were started and none has completed`);
  }
}
