import type { Clock } from '../../common/clock.js';
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
  /** Receives the events of the circuits. */
  readonly listener: GuardListener;
}

type NonEmpty<T> = readonly [T, ...T[]];
type CreateGuard = (listener: GuardListener, probe: Probe) => NodeGuard;

/**
 * The `poolSize` connections of an adapter, each shared by many callers. The slot of a key selects its connection, so a
 * key always uses the same one: a write that timed out on one connection must not take effect after a newer write on
 * another.
 */
export class ConnectionPool {
  readonly config: RedisConfig;
  readonly link: PoolLink;
  /** What the server does not support, as its connections discover it. */
  readonly peer = new PeerLimits();
  readonly guards: Guards;
  readonly connections: NonEmpty<PooledConnection>;

  constructor(parts: PoolParts, deadlines: DeadlineQueue, clock: Clock) {
    const { config, resilience } = parts;
    this.config = config;
    const open = fill(config.poolSize, () => {
      const ticks = new TickScheduler();
      const link = new RedisLink({ config, ticks, deadlineMs: resilience.deadlineMs, peer: this.peer, clock });
      return { ticks, link };
    });
    const links = mapAll(open, ({ link }) => link);
    this.link = new PoolLink(links, clock);
    this.guards = this.createGuards(parts, links, (listener, probe) => {
      return new NodeGuard(resilience, { clock, scheduler: systemScheduler, random: Math.random, probe, listener });
    });
    const { guards } = this;
    this.connections = mapAll(
      open,
      ({ link, ticks }) => new PooledConnection({ config, link, ticks, guards, deadlines, clock }),
    );
    this.link.events.on('unreachable', (error) => guards.whole.unreachable(error));
    this.link.onChange((state) => {
      if (state === 'up') guards.whole.connected();
    });
  }

  /** The connection of a key; the first one without a key. */
  connectionFor(key: string | Buffer | undefined): PooledConnection {
    const { connections } = this;
    if (connections.length === 1 || key === undefined) return connections[0];
    return connections[slotOf(key) % connections.length] ?? connections[0];
  }

  /** Calls `work` at the end of this tick, before the first connection flushes its writes. */
  atEndOfTick(work: () => void): void {
    this.connections[0].ticks.beforeFlush(work);
  }

  /** Flushes what was written so far instead of waiting for the end of the tick. */
  flushNow(): void {
    for (const { ticks } of this.connections) ticks.flushNow();
  }

  /** Commands in flight. */
  get inFlight(): number {
    return this.connections.reduce((sum, { sender }) => sum + sender.inFlight, 0);
  }

  /** Commands and reads that are not sent yet. */
  get pending(): number {
    return this.connections.reduce((sum, { sender, reads }) => sum + sender.pending + reads.queued, 0);
  }

  /** Sends all queued reads. */
  flush(): void {
    for (const { reads } of this.connections) reads.flush();
  }

  private createGuards(
    { config, keyPrefix, listener }: PoolParts,
    links: NonEmpty<RedisLink>,
    create: CreateGuard,
  ): Guards {
    const { link, peer } = this;
    if (config.mode !== 'cluster')
      return new SingleGuard(create(listener, ServerProbe.of(config, peer, link, keyPrefix).run));
    const probes = new ClusterProbes(link, links, keyPrefix, peer);
    return new ClusterGuards({
      listener,
      ownerOf: (slot) => links[0].ownerOf(slot),
      create: (nodeListener, node) => create(nodeListener, node === undefined ? probes.ofWhole : probes.of(node)),
    });
  }
}

function fill<T>(size: number, create: () => T): NonEmpty<T> {
  return [create(), ...Array.from({ length: size - 1 }, create)];
}

function mapAll<T, R>([first, ...others]: NonEmpty<T>, map: (item: T) => R): NonEmpty<R> {
  return [map(first), ...others.map(map)];
}
