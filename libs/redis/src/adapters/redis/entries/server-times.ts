import type { Clock } from '../../../common/clock.js';
import { ServerClock } from '../../../common/time/server-clock.js';
import { slotOf } from '../../../domain/placement/slots.js';
import { toArray } from '../commands/replies.js';
import type { CommandChannel } from '../../sending/command-channel.js';
import type { CallLimits } from '../../wire/pending-call.js';

/** The clocks of two machines drift apart, so the time of a server is queried again after this time. */
const REFRESH_MS = 60_000;
/** The name of the only node. */
const ONLY_NODE = '';

export interface ServerTimesParts {
  readonly clock: Clock;
  /** The node of a key; undefined while it is unknown. */
  readonly nodeOf: (key: string) => string | undefined;
  /** Sends TIME to a node, to any if it is unknown. @see https://redis.io/docs/latest/commands/time/ */
  readonly query: (node: string | undefined) => Promise<unknown>;
}

/** What is known of the clock of one node. */
interface NodeTime {
  readonly clock: ServerClock;
  /** When the clock was last learned (monotonic). */
  learnedMs: number;
  /** A query that is not answered yet. */
  query: Promise<void> | undefined;
}

/**
 * The server time of each node, without a query for each reply: an offset to the monotonic clock of this process. A new
 * connection may lead to another server, so nothing is known after a disconnect.
 */
export class ServerTimes {
  private readonly nodes = new Map<string, NodeTime>();

  constructor(private readonly parts: ServerTimesParts) {}

  /** The times of the servers of a channel. `limits` are those of a query. */
  static of(channel: CommandChannel, clock: Clock, limits: CallLimits): ServerTimes {
    const { isCluster, pool } = channel;
    const times = new ServerTimes({
      clock,
      nodeOf: (key) => (isCluster ? pool.connectionFor(key).link.ownerOf(slotOf(key)) : ONLY_NODE),
      query: (node) => channel.send('time', [], limits, { node: node === ONLY_NODE ? undefined : node }),
    });
    for (const { link } of pool.connections) {
      // While it connects, the first queries wait for the link.
      link.lifecycle.onChange((state) => {
        if (state !== 'up' && state !== 'connecting') times.forget();
      });
    }
    return times;
  }

  /** Another server may answer next. */
  forget(): void {
    this.nodes.clear();
  }

  /**
   * Queries the time of the node of a key if it is unknown or old. Call it before the command whose reply needs the
   * time: both are sent in the same tick.
   */
  prepare(key: string): void {
    const node = this.parts.nodeOf(key);
    if (node === undefined) return;
    const time = this.timeOf(node);
    if (this.parts.clock.monotonicMs() - time.learnedMs < REFRESH_MS) return;
    // If it fails, the reply that needs the time queries it again.
    this.query(node, time).catch(() => {});
  }

  /** The time of the node of a key in whole milliseconds; undefined if it is unknown. */
  nowMs(key: string): number | undefined {
    const node = this.parts.nodeOf(key);
    const us = node === undefined ? undefined : this.nodes.get(node)?.clock.earliestUs(this.parts.clock.monotonicMs());
    return us === undefined ? undefined : Math.floor(us / 1000);
  }

  /** The time of the node of a key, queried if it is unknown. */
  async whenKnown(key: string): Promise<number> {
    for (;;) {
      const nowMs = this.nowMs(key);
      if (nowMs !== undefined) return nowMs;
      const node = this.parts.nodeOf(key);
      // The reply to a command makes the owners of the slots known.
      await (node === undefined ? this.parts.query(undefined) : this.query(node, this.timeOf(node)));
    }
  }

  /** The time of the node of a key, for a caller that sends no command. */
  now(key: string): Promise<number> {
    this.prepare(key);
    const nowMs = this.nowMs(key);
    return nowMs === undefined ? this.whenKnown(key) : Promise.resolve(nowMs);
  }

  /** Notes the time in the reply to a command on a key that was sent at `sentMs` (monotonic) or later. */
  learn(key: string, serverUs: number, sentMs: number): void {
    const node = this.parts.nodeOf(key);
    if (node !== undefined) this.note(this.timeOf(node), serverUs, sentMs);
  }

  private timeOf(node: string): NodeTime {
    let time = this.nodes.get(node);
    if (time === undefined) {
      time = { clock: new ServerClock(), learnedMs: Number.NEGATIVE_INFINITY, query: undefined };
      this.nodes.set(node, time);
    }
    return time;
  }

  private query(node: string, time: NodeTime): Promise<void> {
    return (time.query ??= this.send(node, time).finally(() => (time.query = undefined)));
  }

  private async send(node: string, time: NodeTime): Promise<void> {
    const sentMs = this.parts.clock.monotonicMs();
    const [seconds, micros] = toArray(await this.parts.query(node));
    this.note(time, Number(seconds) * 1_000_000 + Number(micros), sentMs);
  }

  private note(time: NodeTime, serverUs: number, sentMs: number): void {
    time.learnedMs = this.parts.clock.monotonicMs();
    time.clock.learn(serverUs, sentMs, time.learnedMs);
  }
}
