import type { KeyScanner, ScanBatch, ScanOptions } from '../../domain/cache-store.js';
import { resolveScan, SCAN_START } from '../../domain/models/scan.js';
import type { CommandChannel } from '../sending/command-channel.js';
import type { CallLimits } from '../wire/pending-call.js';
import { RAW_COUNT, scanSteps, withoutPrefix, type ScanStep } from './redis-key.scanner.js';
import { SeenSlots } from '../connection/cluster/seen-slots.js';

interface NodeStep extends ScanStep {
  readonly node: string;
}

/**
 * Walks the keys of a cluster, one master after the other by SCAN. A slot counts as seen by the node that owned it when its walk
 * began: where another owns it at the end, after a failover or because it was moved, that one is walked too.
 * @see https://redis.io/docs/latest/commands/scan/
 */
export class ClusterKeyScanner implements KeyScanner {
  constructor(
    private readonly channel: CommandChannel,
    private readonly limits: CallLimits,
    private readonly keyPrefix: string,
  ) {}

  async *scan(options: ScanOptions = {}): AsyncGenerator<ScanBatch> {
    const { masters } = await this.channel.slotOwners(this.limits);
    const { node, cursor, count, prefix } = resolveScan(options, masters);
    const steps = node === undefined ? this.all(count, prefix) : this.node(node, cursor, count, prefix);
    for await (const step of steps) {
      yield { node: step.node, cursor: step.cursor, ...withoutPrefix(step.keys, this.keyPrefix) };
    }
  }

  /** Every key that begins with this prefix, behind the store's own, as the bytes it is made of. */
  async *raw(prefix: string): AsyncGenerator<readonly Buffer[]> {
    for await (const { keys } of this.all(RAW_COUNT, prefix)) yield keys;
  }

  private async *all(count: number, prefix: string): AsyncGenerator<NodeStep> {
    const seen = new SeenSlots();
    for (;;) {
      const owners = await this.channel.slotOwners(this.limits);
      const node = seen.nextIn(owners);
      if (node === undefined) return;
      if (yield* this.whileItOwns(node, count, prefix)) seen.add(node, owners);
    }
  }

  /** False where the node failed and owns nothing any more: who took its slots has the keys. */
  private async *whileItOwns(node: string, count: number, prefix: string): AsyncGenerator<NodeStep, boolean> {
    try {
      yield* this.node(node, SCAN_START, count, prefix);
      return true;
    } catch (error) {
      const owners = await this.channel.slotOwners(this.limits).catch(() => undefined);
      if (owners === undefined || owners.masters.includes(node)) throw error;
      return false;
    }
  }

  private async *node(node: string, cursor: string, count: number, prefix: string): AsyncGenerator<NodeStep> {
    const send = (args: Parameters<CommandChannel['send']>[1]): Promise<unknown> =>
      this.channel.send('scan', args, this.limits, { node });
    for await (const step of scanSteps(send, this.keyPrefix + prefix, { cursor, count })) yield { node, ...step };
  }
}
