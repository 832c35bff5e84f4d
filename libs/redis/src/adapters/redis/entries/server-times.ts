import type { Clock } from '../../../common/clock.js';
import { ServerClock } from '../../../common/server-clock.js';
import { slotOf } from '../../../domain/placement/slots.js';
import { toArray } from '../commands/replies.js';
import type { CommandChannel } from '../../sending/command-channel.js';
import type { CallLimits } from '../../wire/pending-call.js';

/** The clocks of two machines drift apart, so the time of a server is read again after this time. */
const REFRESH_MS = 60_000;

/** What is known of the clock of one node. */
interface NodeTime {
  readonly clock: ServerClock;
  /** When the clock was last learned (monotonic). */
  learnedMs: number;
  /** A query that is not answered yet. */
  query: Promise<void> | undefined;
}

/**
 * The server time of each node, without a question for each reply: an offset to the monotonic clock of this process. A
 * new connection may lead to another server, so nothing is known after a disconnect.
 */
export class ServerTimes {
  private readonly nodes = new Map<string, NodeTime>();

  constructor(
    private readonly channel: CommandChannel,
    private readonly clock: Clock,
    /** The limits of a query. */
    private readonly limits: CallLimits,
  ) {
    for (const { link } of channel.pool.connections) {
      link.lifecycle.onChange((state) => {
        if (state !== 'up') this.nodes.clear();
      });
    }
  }

  /**
   * Queries the time of the node of a key if it is unknown or old. Call it before the command whose reply needs the
   * time: both are sent in the same tick.
   */
  prepare(key: string): void {
    const node = this.nodeOf(key);
    const time = this.timeOf(node);
    if (this.clock.monotonicMs() - time.learnedMs < REFRESH_MS || (this.channel.isCluster && node === '')) return;
    // If it fails, the reply that needs the time queries it again.
    this.query(node, time).catch(() => {});
  }

  /** The time of the node of a key in whole milliseconds; undefined if it is unknown. */
  nowMs(key: string): number | undefined {
    return this.atNode(this.nodeOf(key));
  }

  /** The time of the node of a key, queried if it is unknown. */
  async whenKnown(key: string): Promise<number> {
    for (;;) {
      const node = this.nodeOf(key);
      const nowMs = this.atNode(node);
      if (nowMs !== undefined) return nowMs;
      await this.query(node, this.timeOf(node));
    }
  }

  /** Notes the time in the reply to a command on a key that was sent at `sentMs` (monotonic) or later. */
  learn(key: string, serverUs: number, sentMs: number): void {
    this.note(this.timeOf(this.nodeOf(key)), serverUs, sentMs);
  }

  private atNode(node: string): number | undefined {
    const us = this.nodes.get(node)?.clock.earliestUs(this.clock.monotonicMs());
    return us === undefined ? undefined : Math.floor(us / 1000);
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

  /** @see https://redis.io/docs/latest/commands/time/ */
  private async send(node: string, time: NodeTime): Promise<void> {
    const sentMs = this.clock.monotonicMs();
    const [seconds, micros] = toArray(await this.channel.send('time', [], this.limits, { node: node || undefined }));
    this.note(time, Number(seconds) * 1_000_000 + Number(micros), sentMs);
  }

  private note(time: NodeTime, serverUs: number, sentMs: number): void {
    time.learnedMs = this.clock.monotonicMs();
    time.clock.learn(serverUs, sentMs, time.learnedMs);
  }

  /** The node of a key; empty for the only one, and while the owner of the slot is unknown. */
  private nodeOf(key: string): string {
    const { isCluster, pool } = this.channel;
    return isCluster ? (pool.connectionFor(key).link.ownerOf(slotOf(key)) ?? '') : '';
  }
}
