import { until } from '../redis-process/until.js';
import type { KnownServer } from './sentinel.process.js';

/** A Sentinel that is asked for a failover. */
export interface AskedSentinel {
  master(): Promise<KnownServer>;
  failover(): Promise<void>;
}

export interface RequestedFailoverParts<Server> {
  /** The Sentinel to ask now; undefined while there is none. */
  readonly sentinel: () => AskedSentinel | undefined;
  /** The new master, once all agree on it. */
  readonly takenOver: () => Promise<Server | undefined>;
  /** How long it may take, attempts that were given up included, in ms. */
  readonly withinMs: number;
  /** For how long nothing is asked for after a request, and after a failover was last seen under way, in ms. @default 300 */
  readonly pauseMs?: number | undefined;
}

/** What was given up may turn out to have gone well after all, for another Sentinel; asking at once would make it two failovers. */
const PAUSE_MS = 300;

/**
 * Has a master replaced. Redis may accept the request and give the failover up: a replica that was promoted and not seen to be the
 * master in time is turned back by the Sentinels that did not ask for it. Nothing begins it again then, for the master is well; so
 * it is asked for again, unless another server is the master by now.
 */
export class RequestedFailover<Server> {
  private started = 0;
  private notBeforeMs = -Infinity;

  constructor(
    /** The port of the master that is to be replaced. */
    private readonly port: number,
    private readonly parts: RequestedFailoverParts<Server>,
  ) {}

  /** @throws Error where there is no new master in time; its cause says how far it came. */
  done(): Promise<Server> {
    const { takenOver, withinMs } = this.parts;
    const what = `the Sentinels replace the master on port ${this.port} on request`;
    return until(what, async () => (await takenOver()) ?? this.askedFor(), { withinMs });
  }

  /** @throws Error always: it is not done yet, and that is why. */
  private async askedFor(): Promise<never> {
    const { sentinel: find, pauseMs = PAUSE_MS } = this.parts;
    const sentinel = find();
    if (sentinel === undefined) throw new Error('no Sentinel is running');
    const { port, flags = '' } = await sentinel.master();
    const isIdle = Number(port) === this.port && !flags.includes('failover_in_progress');
    if (isIdle && performance.now() < this.notBeforeMs) throw this.notDone();
    if (isIdle) await sentinel.failover().then(() => this.started++);
    this.notBeforeMs = performance.now() + pauseMs;
    throw this.notDone();
  }

  private notDone(): Error {
    return new Error(`a failover was begun ${this.started} times, and not carried out`);
  }
}
