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
   * @param prefix the prefix of the namespace, after the prefix of the store
   */
  async sweep(prefix: string, tables: ScopeTables, floor: number, context: CallContext): Promise<number> {
    let removed = 0;
    for await (const keys of this.scanner.raw(prefix, context, STEP_KEYS)) {
      if (keys.length > 0) removed += await this.channel.background.run(() => this.removeFrom(keys, floor, context));
    }
    await this.scripts.run(END_SWEEP, [tables.own], [floor], context);
    return removed;
  }

  private removeFrom(keys: readonly Buffer[], floor: number, context: CallContext): Promise<number> {
    const { channel } = this;
    const limits = channel.admitBatch('write', 'unlink', keys, context);
    return unlinkAll(channel.groupKeys(keys), (part) => channel.runScriptScanned(SWEEP_KEYS, part, [floor], limits));
  }
}
