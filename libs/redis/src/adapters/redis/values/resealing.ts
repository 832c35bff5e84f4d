import type { Clock } from '../../../common/clock.js';
import { isCodecCode } from '../../../common/error-codes.js';
import { RedisInfraError } from '../../../common/redis-infra.error.js';
import { isCount } from '../../../domain/codec/plain-count.js';
import { nameOf } from '../../../domain/models/cache-key.js';
import type { Decoded, EntryMeta, StoreCodec, ValuePlace } from '../../../domain/value-codec.js';
import type { CallContext } from '../../calls/call-context.js';
import type { KeySpace } from '../../calls/key-space.js';
import type { BackgroundLimit } from '../../sending/background-limit.js';
import type { CommandChannel } from '../../sending/command-channel.js';
import type { CallLimits } from '../../wire/pending-call.js';
import type { ClusterKeyScanner } from '../scanning/cluster-key.scanner.js';
import type { RedisKeyScanner } from '../scanning/redis-key.scanner.js';
import type { RedisScripts } from '../commands/redis-scripts.js';
import { toBuffers, toInteger } from '../commands/replies.js';
import { resolveReseal, type ResealOptions, type ResealProgress } from './reseal-options.js';
import { REPLACE, REPLACE_FIELD } from '../commands/scripts/replace.script.js';
import type { ValueIO } from './value-io.js';

/** Reported for a key or field that is not valid UTF-8. A value is sealed to its key, which must be a string. */
const UNNAMED = 'KEY_INVALID';
/** Values that may wait to be resealed after a read. Further ones are resealed after a later read. */
const MAX_QUEUED = 1000;

export interface ResealingParts {
  readonly channel: CommandChannel;
  readonly keys: KeySpace;
  readonly io: ValueIO;
  readonly scripts: RedisScripts;
  readonly scanner: RedisKeyScanner | ClusterKeyScanner;
  readonly clock: Clock;
  /** The limits of each step in the background. */
  readonly limits: CallLimits;
}

/** Seals outdated values again. A concurrent write wins, and the time to live stays. */
export class Resealing {
  private readonly channel: CommandChannel;
  private readonly io: ValueIO;
  private readonly scripts: RedisScripts;
  private readonly keyPrefix: string;
  /** Shared by all views of the store. */
  private readonly limit: BackgroundLimit;

  constructor(private readonly parts: ResealingParts) {
    this.channel = parts.channel;
    this.io = parts.io;
    this.scripts = parts.scripts;
    this.keyPrefix = parts.keys.prefix;
    this.limit = parts.channel.background;
  }

  /**
   * Reseals a value in the background after a read found it outdated. No caller waits for it, so a failure is ignored:
   * the next read tries again. The bytes are decoded again then, because the decoded value belongs to its caller, which
   * may change it.
   */
  afterRead(bytes: Buffer, { key, field }: ValuePlace, codec: StoreCodec): void {
    if (this.limit.queued >= MAX_QUEUED) return;
    const copy = Buffer.from(bytes);
    const context = { ...this.parts.limits, codec };
    this.limit.run(() => this.resealValue(copy, { key, field }, context)).catch(() => {});
  }

  /** Reseals every outdated value and hash field. */
  async *all(options: ResealOptions = {}, context: CallContext): AsyncGenerator<ResealProgress> {
    const { prefix, count } = resolveReseal(options, this.keyPrefix);
    const tally = { scanned: 0, resealed: 0, changed: 0, failed: {} };
    for await (const { keys, skipped = 0 } of this.parts.scanner.scan({ prefix, count }, context)) {
      tally.scanned += keys.length + skipped;
      for (let i = 0; i < skipped; i++) addResult(tally, UNNAMED);
      for (const results of await Promise.all(keys.map((key) => this.resealKey(this.keyPrefix + key, context)))) {
        for (const result of results) addResult(tally, result);
      }
      yield { ...tally, failed: { ...tally.failed } };
    }
  }

  private async resealKey(key: string, context: CallContext): Promise<string[]> {
    const { limit, channel } = this;
    try {
      const type = String(await limit.run(() => channel.send('type', [key], context)));
      if (type === 'hash') return await this.resealHash(key, context);
      if (type !== 'string') return [];
      return [
        await limit.run(async () => this.resealValue(await channel.send('get', [key], context), { key }, context)),
      ];
    } catch (error) {
      // The type of the key changed between TYPE and the read.
      if (error instanceof RedisInfraError && error.code === 'WRONG_TYPE') return ['changed'];
      throw error;
    }
  }

  private async resealHash(key: string, context: CallContext): Promise<string[]> {
    const { limit } = this;
    const flat = toBuffers(await limit.run(() => this.channel.send('HGETALL', [key], context)));
    const fields = flat.filter((_, i) => i % 2 === 0);
    return Promise.all(
      fields.map(async (bytes, i) => {
        const field = nameOf(bytes);
        return field === undefined
          ? UNNAMED
          : limit.run(() => this.resealValue(flat[2 * i + 1], { key, field }, context));
      }),
    );
  }

  /** Reseals one value. @returns `current`, `resealed`, `changed`, or the error code of an unreadable value */
  private async resealValue(bytes: unknown, place: ValuePlace, context: CallContext): Promise<string> {
    if (!Buffer.isBuffer(bytes)) return 'changed';
    try {
      const decoded = await this.io.decodeWithMeta(bytes, place, context);
      if (decoded.outdated !== true) return 'current';
      return (await this.replace(bytes, decoded, place, context)) ? 'resealed' : 'changed';
    } catch (error) {
      if (!(error instanceof RedisInfraError)) throw error;
      if (isCodecCode(error.code)) return error.code;
      if (error.code === 'WRONG_TYPE') return 'changed';
      throw error;
    }
  }

  private async replace(
    bytes: Buffer,
    { value, meta }: Decoded<unknown>,
    place: ValuePlace,
    context: CallContext,
  ): Promise<boolean> {
    const { counts, bindExpiry } = context.codec.policy;
    // `set` stores numbers as plain counters now, so a sealed number becomes one.
    const isCounter = counts && isCount(value);
    const sealed = isCounter ? undefined : bindExpiry ? await this.withExpiry(meta, place, context) : meta;
    const resealed = await this.io.encodeWith(value, place, sealed, context);
    return place.field === undefined
      ? this.scripts.run(REPLACE, [place.key], [bytes, resealed, ''], context)
      : this.scripts.run(REPLACE_FIELD, [place.key], [place.field, bytes, resealed], context);
  }

  /** Adds the current expiry of the key to the sealed meta of a value that has none. */
  private async withExpiry(
    meta: EntryMeta | undefined,
    place: ValuePlace,
    context: CallContext,
  ): Promise<EntryMeta | undefined> {
    if (meta?.expires !== undefined || place.field !== undefined) return meta;
    const remainingMs = toInteger(await this.channel.send('pttl', [place.key], context));
    return remainingMs > 0 ? { ...meta, expires: this.parts.clock.wallMs() + remainingMs } : meta;
  }
}

function addResult(tally: { resealed: number; changed: number; failed: Record<string, number> }, result: string): void {
  if (result === 'resealed') tally.resealed++;
  else if (result === 'changed') tally.changed++;
  else if (result !== 'current') tally.failed[result] = (tally.failed[result] ?? 0) + 1;
}
