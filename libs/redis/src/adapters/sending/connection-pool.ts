import { systemClock } from '../../common/clock.js';
import type { RedisConfig } from '../../config/redis.config.js';
import { slotOf } from '../../domain/placement/slots.js';
import type { DeadlineQueue } from '../wire/deadline-queue.js';
import { PeerLimits } from '../wire/peer-limits.js';
import { TickScheduler } from '../wire/tick-scheduler.js';
import { RedisLink } from '../connection/redis.link.js';
import { ClusterGuards } from '../resilience/cluster-guards.js';
import { ClusterProbes } from '../connection/cluster-probes.js';
import { SingleGuard, type Guards } from '../resilience/guards.js';
import { NodeGuard, type GuardListener } from '../resilience/node-guard.js';
import type { Probe } from '../resilience/prober.js';
import type { ResolvedResilience } from '../resilience/resilience-options.js';
import { systemScheduler } from '../resilience/scheduler.js';
import { ServerProbe } from '../connection/server-probe.js';
import { PooledConnection } from './pooled-connection.js';
import { PoolLink } from '../connection/pool-link.js';

export interface PoolParts {
  readonly config: RedisConfig;
  readonly resilience: ResolvedResilience;
  readonly keyPrefix: string;
  /** Told of the circuits. */
  readonly listener: GuardListener;
}

type PooledConnections = readonly [PooledConnection, ...PooledConnection[]];

/**
 * The connections to the server, `poolSize` of them. Commands of many callers share each; a key always goes by the same one, which its
 * slot decides: a write that timed out on one connection must not land after a newer one that went by another.
 */
export class ConnectionPool {
  readonly link: PoolLink;
  /** What the server does not answer, as its connections find out. */
  readonly peer = new PeerLimits();
  readonly guards: Guards;
  readonly connections: PooledConnections;

  constructor(parts: PoolParts, deadlines: DeadlineQueue) {
    const { config, resilience } = parts;
    const open = Array.from({ length: config.poolSize }, () => {
      const ticks = new TickScheduler();
      return { turn: ticks, link: new RedisLink(config, ticks, resilience.deadlineMs, this.peer) };
    });
    const links = open.map(({ link }) => link) as [RedisLink, ...RedisLink[]];
    this.link = new PoolLink(links);
    this.guards =
      config.mode === 'cluster'
        ? clusterGuards(parts, this.link, { links, peer: this.peer })
        : singleGuard(parts, this.link, this.peer);
    const { guards } = this;
    this.connections = open.map(
      ({ link, turn: ticks }) => new PooledConnection({ config, link, ticks: ticks, guards, deadlines }),
    ) as [PooledConnection, ...PooledConnection[]];
    this.link.events.on('unreachable', (error) => guards.whole.unreachable(error));
    this.link.onChange((state) => {
      if (state === 'up') guards.whole.connected();
    });
  }

  /** The lane of a key; without one, the first. */
  connectionFor(key: string | Buffer | undefined): PooledConnection {
    const { connections: lanes } = this;
    if (lanes.length === 1 || key === undefined) return lanes[0];
    return lanes[slotOf(key) % lanes.length] as PooledConnection;
  }

  /** Calls at the end of this turn of the event loop, before the first lane flushes. */
  atEndOfTick(work: () => void): void {
    this.connections[0].ticks.beforeFlush(work);
  }

  /** What was written so far leaves now, and does not wait for the end of the turn. */
  flushNow(): void {
    for (const { ticks } of this.connections) ticks.flushNow();
  }

  /** Sent, and not answered yet. */
  get inFlight(): number {
    return this.connections.reduce((sum, { sender }) => sum + sender.inFlight, 0);
  }

  /** Commands and reads that wait to be sent. */
  get pending(): number {
    return this.connections.reduce((sum, { sender, reads }) => sum + sender.pending + reads.queued, 0);
  }

  /** Reads that are queued go out now. */
  flush(): void {
    for (const { reads } of this.connections) reads.flush();
  }
}

function singleGuard({ config, resilience, keyPrefix, listener }: PoolParts, link: PoolLink, peer: PeerLimits): Guards {
  const probe = ServerProbe.of(config, peer, link, keyPrefix).run;
  return new SingleGuard(createGuard(resilience, listener, probe));
}

function clusterGuards(
  { resilience, keyPrefix, listener }: PoolParts,
  link: PoolLink,
  { links, peer }: { readonly links: readonly [RedisLink, ...RedisLink[]]; readonly peer: PeerLimits },
): Guards {
  const probes = new ClusterProbes(link, links, keyPrefix, peer);
  return new ClusterGuards({
    listener,
    ownerOf: (slot) => links[0].ownerOf(slot),
    create: (nodeListener, node) =>
      createGuard(resilience, nodeListener, node === undefined ? probes.ofWhole : probes.of(node)),
  });
}

function createGuard(resilience: ResolvedResilience, listener: GuardListener, probe: Probe): NodeGuard {
  return new NodeGuard(resilience, {
    clock: systemClock,
    scheduler: systemScheduler,
    random: Math.random,
    probe,
    listener,
  });
}
