import type { ScanBatch, ScanOptions } from '../../../domain/cache-store.js';
import { resolveScan, SCAN_START } from '../../../domain/models/scan.js';
import type { KeySpace } from '../../calls/key-space.js';
import type { CommandChannel } from '../../sending/command-channel.js';
import type { CallLimits } from '../../wire/pending-call.js';
import type { CommandArg } from '../../wire/wire-command.js';
import { RAW_COUNT, scanSteps, withoutPrefix, type ScanPosition, type ScanStep } from './redis-key.scanner.js';
import { SeenSlots } from '../../connection/cluster/seen-slots.js';

interface NodeStep extends ScanStep {
  readonly node: string;
}

/**
 * Scans the keys of a cluster, one master after another. The scan of a node covers the slots that the node owned when
 * it began. If another node owns a slot at the end, after a failover or a slot migration, that node is scanned too.
 * @see https://redis.io/docs/latest/commands/scan/
 */
export class ClusterKeyScanner {
  constructor(
    private readonly channel: CommandChannel,
    private readonly keys: KeySpace,
  ) {}

  /** The names of the masters. */
  async nodes(limits: CallLimits): Promise<readonly string[]> {
    return (await this.channel.slotOwners(limits)).masters;
  }

  async *scan(options: ScanOptions = {}, limits: CallLimits): AsyncGenerator<ScanBatch> {
    const { masters } = await this.channel.slotOwners(limits);
    const { node, cursor, count, prefix } = resolveScan(options, masters);
    const steps =
      node === undefined ? this.all(prefix, count, limits) : this.node(node, prefix, { cursor, count }, limits);
    for await (const step of steps) {
      yield { node: step.node, cursor: step.cursor, ...withoutPrefix(step.keys, this.keys.prefix) };
    }
  }

  /** The full keys, as bytes, that begin with the prefix of the store and then `prefix`. */
  async *raw(prefix: string, limits: CallLimits, count = RAW_COUNT): AsyncGenerator<readonly Buffer[]> {
    for await (const { keys } of this.all(prefix, count, limits)) yield keys;
  }

  private async *all(prefix: string, count: number, limits: CallLimits): AsyncGenerator<NodeStep> {
    const seen = new SeenSlots();
    for (;;) {
      const owners = await this.channel.slotOwners(limits);
      const node = seen.nextIn(owners);
      if (node === undefined) return;
      if (yield* this.whileItOwns(node, prefix, count, limits)) seen.add(node, owners);
    }
  }

  /** @returns false if the node failed and owns no slots any more: its successor has the keys */
  private async *whileItOwns(
    node: string,
    prefix: string,
    count: number,
    limits: CallLimits,
  ): AsyncGenerator<NodeStep, boolean> {
    try {
      yield* this.node(node, prefix, { cursor: SCAN_START, count }, limits);
      return true;
    } catch (error) {
      const owners = await this.channel.slotOwners(limits).catch(() => undefined);
      if (owners === undefined || owners.masters.includes(node)) throw error;
      return false;
    }
  }

  private async *node(node: string, prefix: string, from: ScanPosition, limits: CallLimits): AsyncGenerator<NodeStep> {
    const send = (args: readonly CommandArg[]): Promise<unknown> => this.channel.send('scan', args, limits, { node });
    for await (const step of scanSteps(send, this.keys.prefix + prefix, from)) yield { node, ...step };
  }
}
