import type { Clock } from '../../../common/clock.js';
import { RedisInfraError } from '../../../common/redis-infra.error.js';
import { isCount, isPlainCount } from '../../../domain/codec/plain-count.js';
import { withLimits, type CallContext } from '../../calls/call-context.js';
import type { CommandChannel } from '../../sending/command-channel.js';
import type { CallLimits } from '../../wire/pending-call.js';
import type { RedisScripts } from '../commands/redis-scripts.js';
import { REPLACE } from '../commands/scripts/replace.script.js';
import type { ValueIO } from './value-io.js';

/** Attempts of `expire` while others keep changing the value. */
const MAX_ATTEMPTS = 3;

/**
 * `expire` with a codec that seals the expiry together with the value: the value is read, sealed again with the new
 * expiry, and replaced if no one has changed it meanwhile.
 */
export class SealedExpiry {
  constructor(
    private readonly channel: CommandChannel,
    private readonly io: ValueIO,
    private readonly scripts: RedisScripts,
    private readonly clock: Clock,
  ) {}

  /**
   * Runs exclusively on its key, so its commands skip the key order: they would wait for this call itself.
   * @returns false if the key is absent
   * @throws RedisInfraError COMMAND_FAILED if others change the value on every attempt; CODEC_* if it cannot be read
   */
  expire(key: string, ttlMs: number, context: CallContext): Promise<boolean> {
    return this.channel.runExclusively(key, 'EXPIRE', context, (limits) =>
      this.reseal(key, ttlMs, context, this.channel.startLimits(limits)),
    );
  }

  private async reseal(
    key: string,
    ttlMs: number,
    context: CallContext,
    remaining: () => CallLimits,
  ): Promise<boolean> {
    const { counts } = context.codec.policy;
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const bytes = await this.read(key, remaining());
      if (bytes === null) return false;
      if (!Buffer.isBuffer(bytes)) return this.pexpire(key, ttlMs, remaining());
      const { value, meta } = await this.io.decodeWithMeta(bytes, { key }, withLimits(context, remaining()));
      const isNumber = counts && isCount(value);
      if (isNumber && isPlainCount(bytes)) return this.pexpire(key, ttlMs, remaining());
      // A number that was sealed before counters were plain becomes a plain counter.
      const sealed = isNumber ? undefined : { ...meta, expires: this.clock.wallMs() + ttlMs };
      const resealed = await this.io.encodeWith(value, { key }, sealed, withLimits(context, remaining()));
      if (await this.scripts.send(REPLACE, [key], [bytes, resealed, ttlMs], remaining())) return true;
    }
    throw new RedisInfraError(
      'COMMAND_FAILED',
      `expire: other clients changed the value during all ${MAX_ATTEMPTS} attempts; try again`,
      { outcome: 'not-executed', retryable: true },
    );
  }

  /** The stored bytes; null if the key is absent; undefined if it holds another type. */
  private async read(key: string, limits: CallLimits): Promise<unknown> {
    try {
      // ioredis does not recognise the upper-case name as a read. A replica could return a value older than the one to
      // compare.
      return await this.channel.send('GET', [key], limits, { key });
    } catch (error) {
      if (error instanceof RedisInfraError && error.code === 'WRONG_TYPE') return undefined;
      throw error;
    }
  }

  private async pexpire(key: string, ttlMs: number, limits: CallLimits): Promise<boolean> {
    return (await this.channel.change(key, 'pexpire', [key, ttlMs], limits)) === 1;
  }
}
