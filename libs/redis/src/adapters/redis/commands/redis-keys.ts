import type { ScanBatch, ScanOptions } from '../../../domain/cache-store.js';
import { SHARD_KEYS } from '../../../domain/models/internal-keys.js';
import type { CallContext } from '../../calls/call-context.js';
import type { KeySpace } from '../../calls/key-space.js';
import type { CommandChannel } from '../../sending/command-channel.js';
import { unlinkAll } from '../../sending/unlink-all.js';
import type { ClusterKeyScanner } from '../scanning/cluster-key.scanner.js';
import type { RedisKeyScanner } from '../scanning/redis-key.scanner.js';
import { toInteger } from './replies.js';
import type { SealedExpiry } from '../values/sealed-expiry.js';

/** Keys of any type: UNLINK, EXISTS, PEXPIRE, PTTL and SCAN. */
export class RedisKeys {
  constructor(
    private readonly channel: CommandChannel,
    private readonly scanner: RedisKeyScanner | ClusterKeyScanner,
    private readonly sealedExpiry: SealedExpiry,
    private readonly keySpace: KeySpace,
  ) {}

  async delete(key: string, context: CallContext): Promise<boolean> {
    return (await this.channel.changeInOrder(key, 'unlink', [key], context)) === 1;
  }

  /** Returns how many of the keys existed. */
  async deleteMany(keys: readonly string[], context: CallContext): Promise<number> {
    const { channel } = this;
    const limits = channel.admitBatch('write', 'unlink', keys, context);
    return unlinkAll(channel.groupKeys(keys), (group) =>
      channel.inKeyOrder(group, 'UNLINK', limits, (remaining) => channel.changeAll(group, 'unlink', group, remaining)),
    );
  }

  async has(key: string, context: CallContext): Promise<boolean> {
    return (await this.channel.sendInOrder(key, 'exists', [key], context)) === 1;
  }

  /** Sets a new time to live. False if the key is absent. */
  async expire(key: string, ttlMs: number, context: CallContext): Promise<boolean> {
    if (context.codec.policy.bindExpiry) return this.sealedExpiry.expire(key, ttlMs, context);
    return (await this.channel.changeInOrder(key, 'pexpire', [key, ttlMs], context)) === 1;
  }

  /** The remaining milliseconds; null if the key never expires; undefined if it is absent. */
  async ttlMs(key: string, context: CallContext): Promise<number | null | undefined> {
    const remainingMs = toInteger(await this.channel.sendInOrder(key, 'pttl', [key], context));
    // -2: the key is absent; -1: it never expires.
    return remainingMs === -2 ? undefined : remainingMs === -1 ? null : remainingMs;
  }

  nodes(context: CallContext): Promise<readonly string[]> {
    return this.scanner.nodes(context);
  }

  scan(options: ScanOptions | undefined, context: CallContext): AsyncIterable<ScanBatch> {
    return this.scanner.scan(options, context);
  }

  /**
   * Removes every key of the store that begins with `prefix`, after all calls that wait for the codec. Returns how
   * many. What describes a shard stays.
   */
  removeAll(prefix: string, context: CallContext): Promise<number> {
    const spared = SHARD_KEYS.map((key) => Buffer.from(this.keySpace.prefix + key));
    return this.channel.order.afterEverything(async () => {
      let removed = 0;
      for await (const keys of this.scanner.raw(prefix, context)) {
        removed += await this.unlink(
          keys.filter((key) => !spared.some((each) => each.equals(key))),
          context,
        );
      }
      return removed;
    });
  }

  /** Removes keys as a scan returned them; they may not be valid UTF-8. */
  private unlink(keys: readonly Buffer[], context: CallContext): Promise<number> {
    const { channel } = this;
    const limits = channel.admitBatch('write', 'unlink', keys, context);
    return unlinkAll(channel.groupKeys(keys), (part) => channel.changeScanned(part, 'unlink', limits));
  }
}
