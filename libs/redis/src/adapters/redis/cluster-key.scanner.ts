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
 * Scans the keys of a cluster, one master after another. The scan of a node covers the slots that the node owned when it began. If another
 * node owns a slot at the end, after a failover or a slot migration, that node is scanned too.
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

  /** The full keys, as bytes, that begin with the prefix of the store and then `prefix`. */
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

  /** @returns false if the node failed and owns no slots any more: its successor has the keys */
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
