import type { Clock } from '../../../common/clock.js';
import { RedisInfraError } from '../../../common/redis-infra.error.js';
import { isPlainCount } from '../../../domain/codec/plain-count.js';
import type { Decoded, EntryMeta } from '../../../domain/value-codec.js';
import { withLimits, type CallContext } from '../../calls/call-context.js';
import { extendMeta } from '../../calls/extended-meta.js';
import type { CommandChannel } from '../../sending/command-channel.js';
import type { CallLimits } from '../../wire/pending-call.js';
import type { RedisScripts } from '../commands/redis-scripts.js';
import type { ValueIO } from '../values/value-io.js';
import type { EntryKeys } from './entry-keys.js';
import { LeasedChanges } from './leased-change.js';
import { EXPIRE_KEY, REPLACE_ENTRY } from './scripts/change.scripts.js';
import type { ServerTimes } from './server-times.js';

/** Attempts while others keep changing the value. */
const MAX_ATTEMPTS = 5;

export interface EntryExpiryParts {
  readonly channel: CommandChannel;
  readonly scripts: RedisScripts;
  readonly keys: EntryKeys;
  readonly io: ValueIO;
  readonly times: ServerTimes;
  readonly clock: Clock;
}

/** The new meta and time to live of a value. */
interface NewExpiry {
  readonly meta: EntryMeta;
  /** In milliseconds; empty keeps that of the key. */
  readonly ttlMs: number | '';
}

/**
 * `expire` on a key of the cache engine. An entry contains its own times, so it is read, encoded with new times, and
 * replaced if no one has changed it meanwhile. Any other key only gets another time to live. Keys are full keys.
 */
export class EntryExpiry {
  private readonly leased: LeasedChanges;

  constructor(private readonly parts: EntryExpiryParts) {
    this.leased = new LeasedChanges(parts.channel, parts.scripts);
  }

  /**
   * Runs exclusively on its key, so its commands skip the key order: they would wait for this call itself.
   * @returns false if the key is absent
   * @throws RedisInfraError COMMAND_FAILED if others change the value on every attempt
   */
  expire(key: string, ttlMs: number, context: CallContext): Promise<boolean> {
    return this.parts.channel.runExclusively(key, EXPIRE_KEY.name, context, (limits) =>
      this.change(key, ttlMs, context, this.parts.channel.startLimits(limits)),
    );
  }

  private async change(
    key: string,
    ttlMs: number,
    context: CallContext,
    remaining: () => CallLimits,
  ): Promise<boolean> {
    const place = this.parts.keys.leaseOf(key);
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const bytes = await this.read(key, remaining());
      if (bytes === null) return false;
      const decoded = await this.decode(bytes, key, withLimits(context, remaining()));
      const next = decoded === undefined ? undefined : await this.expiryOf(decoded, key, ttlMs, context);
      if (decoded === undefined || next === undefined) {
        return this.leased.run(
          { script: EXPIRE_KEY, place, args: [ttlMs, ...place.notice], isExclusive: true },
          remaining(),
        );
      }
      const limits = withLimits(context, remaining());
      const encoded = await this.parts.io.encodeWith(decoded.value, { key }, next.meta, limits);
      const args = [decoded.bytes, encoded, next.ttlMs, ...place.notice];
      if (await this.leased.run({ script: REPLACE_ENTRY, place, args, isExclusive: true }, remaining())) return true;
    }
    throw new RedisInfraError(
      'COMMAND_FAILED',
      `expire: other clients changed the value during all ${MAX_ATTEMPTS} attempts; try again`,
      { outcome: 'not-executed', retryable: true },
    );
  }

  /** The expiry of a value that contains its times; undefined if the key's time to live is enough. */
  private async expiryOf(
    { meta }: Decoded<unknown>,
    key: string,
    ttlMs: number,
    context: CallContext,
  ): Promise<NewExpiry | undefined> {
    if (meta?.clock !== undefined || meta?.freshUntil !== undefined) {
      return shifted(meta, this.parts.times.nowMs(key) ?? (await this.parts.times.whenKnown(key)), ttlMs);
    }
    if (!context.codec.policy.bindExpiry) return undefined;
    return { meta: { ...meta, expires: Math.round(this.parts.clock.wallMs() + ttlMs) }, ttlMs };
  }

  /** Undefined if the bytes are a counter or hash, or cannot be read: then there is nothing to encode again. */
  private async decode(
    bytes: unknown,
    key: string,
    context: CallContext,
  ): Promise<(Decoded<unknown> & { readonly bytes: Buffer }) | undefined> {
    const { counts, bindExpiry } = context.codec.policy;
    if (!Buffer.isBuffer(bytes) || (counts && isPlainCount(bytes))) return undefined;
    try {
      return { ...(await this.parts.io.decodeWithMeta(bytes, { key }, context)), bytes };
    } catch (error) {
      const isUnreadable = error instanceof RedisInfraError && error.code.startsWith('CODEC_');
      if (isUnreadable && !bindExpiry) return undefined;
      throw error;
    }
  }

  /** The stored bytes; null if the key is absent; undefined if it holds another type. */
  private async read(key: string, limits: CallLimits): Promise<unknown> {
    this.parts.times.prepare(key);
    try {
      // ioredis does not recognise the upper-case name as a read. A replica could return a value older than the one to
      // compare.
      return await this.parts.channel.send('GET', [key], limits, { key });
    } catch (error) {
      if (error instanceof RedisInfraError && error.code === 'WRONG_TYPE') return undefined;
      throw error;
    }
  }
}

/** Without an end of its windows the entry keeps the time to live of its key: none. */
function shifted(before: EntryMeta, nowMs: number, ttlMs: number): NewExpiry {
  const meta = extendMeta(before, Math.round(ttlMs), nowMs);
  return { meta, ttlMs: meta.expires === undefined ? '' : meta.expires - nowMs };
}
