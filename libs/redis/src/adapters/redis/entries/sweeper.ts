import type { SweepOptions } from '../../../domain/entry-store.js';
import type { CallContext } from '../../calls/call-context.js';
import type { CommandChannel } from '../../sending/command-channel.js';
import { unlinkAll } from '../../sending/unlink-all.js';
import type { RedisScripts } from '../commands/redis-scripts.js';
import type { ClusterKeyScanner } from '../scanning/cluster-key.scanner.js';
import type { RedisKeyScanner } from '../scanning/redis-key.scanner.js';
import type { ScopeTables } from './versions/scope-tables.js';
import { END_SWEEP, SWEEP_KEYS } from './scripts/version.scripts.js';

/** SCAN's COUNT. The server executes nothing else while it scans or removes these keys. */
const STEP_KEYS = 100;

/** A flush whose keys are removed. */
export interface SweptFlush {
  /** The prefix of the namespace, after the prefix of the store. */
  readonly prefix: string;
  readonly tables: ScopeTables;
  readonly floor: number;
}

/** Removes what a flush invalidated. */
export class Sweeper {
  constructor(
    private readonly channel: CommandChannel,
    private readonly scripts: RedisScripts,
    private readonly scanner: RedisKeyScanner | ClusterKeyScanner,
  ) {}

  /**
   * Scans the keys of a namespace on every node. One step follows the other, and they take part in the limit of the
   * work in the background.
   */
  async sweep(flush: SweptFlush, { keepData }: SweepOptions, context: CallContext): Promise<number> {
    const { prefix, tables, floor } = flush;
    const args: readonly [number, number] = [floor, (keepData ?? (await this.keepsData(flush, context))) ? 1 : 0];
    let removed = 0;
    for await (const keys of this.scanner.raw(prefix, context, STEP_KEYS)) {
      if (keys.length > 0) removed += await this.channel.background.run(() => this.removeFrom(keys, args, context));
    }
    await this.scripts.run(END_SWEEP, [tables.own], [floor], context);
    return removed;
  }

  /** Another process may have raised the floor: the table says whether the sweep keeps counters and hashes. */
  private async keepsData({ tables: { own }, floor }: SweptFlush, context: CallContext): Promise<boolean> {
    // ioredis does not recognise the upper-case name as a read, so it does not send it to a replica.
    const table = await this.channel.send('GET', [own], context, { key: own });
    return String(table).startsWith(`${floor} -`);
  }

  private removeFrom(keys: readonly Buffer[], args: readonly [number, number], context: CallContext): Promise<number> {
    const { channel } = this;
    const limits = channel.admitBatch('write', 'unlink', keys, context);
    return unlinkAll(channel.groupKeys(keys), (part) => channel.runScriptOnce(SWEEP_KEYS, part, args, limits));
  }
}
