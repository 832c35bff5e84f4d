import { checkOptions, optionInvalid } from '../../../common/options.js';
import type { KeyScanner, ScanBatch, ScanOptions } from '../../../domain/cache-store.js';
import { SHARD_KEYS } from '../../../domain/models/internal-keys.js';
import { ShardedChanges } from '../fan-out/sharded-changes.js';
import type { ShardedContext } from '../sharded-context.js';
import { capabilityOf } from './capability-of.js';
import type { Shard } from './shard.js';

/** Between the id of a shard and the name of its node. Names of nodes do not contain it. */
const SEPARATOR = '/';

/** Scans the keys of all shards, one shard after another. A node is named `<id of the shard>/<node>`. */
export class ShardScanner implements KeyScanner {
  constructor(private readonly context: ShardedContext) {}

  async *scan(options: ScanOptions = {}): AsyncGenerator<ScanBatch> {
    checkOptions(options, ['node', 'cursor', 'count', 'prefix'], 'scan');
    const { shards } = this.context;
    if (options.node !== undefined) return yield* this.scanShard(this.shardOf(options.node), options);
    if (options.cursor !== undefined && shards.length > 1)
      throw optionInvalid('scan.node', 'is required with a cursor, because there are several shards');
    for (const shard of shards) yield* this.scanShard(shard, options);
  }

  get keyPrefix(): string {
    return this.context.state.options.resolvedAdapter.keyPrefix;
  }

  async nodes(): Promise<readonly string[]> {
    const { shards, views } = this.context;
    const nodes = await Promise.all(shards.map(async (shard) => capabilityOf(views.of(shard), 'keys').nodes?.() ?? []));
    return nodes.flatMap((names, at) => names.map((name) => shards[at]?.id + SEPARATOR + name));
  }

  async removeAll(prefix: string): Promise<number> {
    return new ShardedChanges(this.context).removeAll(prefix);
  }

  private async *scanShard(shard: Shard, options: ScanOptions): AsyncGenerator<ScanBatch> {
    const scanner = capabilityOf(this.context.views.of(shard), 'keys');
    const node = options.node?.slice(shard.id.length + SEPARATOR.length);
    for await (const batch of scanner.scan({ ...options, node })) {
      const keys = batch.keys.filter((key) => !SHARD_KEYS.includes(key));
      yield { ...batch, node: shard.id + SEPARATOR + batch.node, keys };
    }
  }

  private shardOf(node: string): Shard {
    const id = node.slice(0, Math.max(0, node.lastIndexOf(SEPARATOR)));
    const shard = this.context.shards.find((each) => each.id === id);
    if (shard === undefined) throw optionInvalid('scan.node', 'must be a node that a scan has returned');
    return shard;
  }
}
