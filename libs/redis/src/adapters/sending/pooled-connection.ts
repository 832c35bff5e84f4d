import type { Clock } from '../../common/clock.js';
import type { RedisConfig } from '../../config/redis.config.js';
import type { RedisLink } from '../connection/redis.link.js';
import type { Guards } from '../resilience/guards.js';
import type { DeadlineQueue } from '../wire/deadline-queue.js';
import type { TickScheduler } from '../wire/tick-scheduler.js';
import { ClusterReads } from './cluster-reads.js';
import { CommandSender } from './command-sender.js';
import { ReadCoalescer, type Reads } from './read-coalescer.js';

export interface PooledConnectionParts {
  readonly config: RedisConfig;
  readonly link: RedisLink;
  readonly ticks: TickScheduler;
  readonly guards: Guards;
  readonly deadlines: DeadlineQueue;
  readonly clock: Clock;
}

/**
 * One connection with its sender and its read batching. Its commands take effect in the order in which they were sent.
 * In a cluster it has one connection to each node, and the order holds for each node.
 */
export class PooledConnection {
  readonly link: RedisLink;
  readonly ticks: TickScheduler;
  readonly sender: CommandSender;
  readonly reads: Reads;

  constructor({ config, link, ticks, guards, deadlines, clock }: PooledConnectionParts) {
    this.link = link;
    this.ticks = ticks;
    this.sender = new CommandSender({ link, ticks, guards, deadlines, clock, client: config.toJSON().connectionName });
    const create = (canBatch: boolean): ReadCoalescer => new ReadCoalescer(this.sender, deadlines, ticks, canBatch);
    this.reads = config.mode === 'cluster' ? new ClusterReads(create) : create(true);
  }
}
