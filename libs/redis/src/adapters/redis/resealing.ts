import { RedisInfraError } from '../../common/redis-infra.error.js';
import { checkBoolean, checkInteger, checkOptions, checkString, optionInvalid } from '../../common/options.js';
import type { KeyScanner, ScriptDefinition } from '../../domain/cache-store.js';
import { isCount } from '../../domain/codec/plain-count.js';
import type { CodecPolicy, Decoded, EntryMeta, ValuePlace } from '../../domain/value-codec.js';
import { nameOf } from '../../domain/models/cache-key.js';
import type { BackgroundLimit } from '../sending/background-limit.js';
import type { CommandArg } from '../wire/wire-command.js';
import { REPLACE, REPLACE_FIELD } from './scripts/replace.script.js';

/** Reported for a key or field that is not valid UTF-8. A value is sealed to its key, which must be a string. */
const UNNAMED = 'KEY_INVALID';

/** The options of `resealAll`. */
export interface ResealOptions {
  /** Only keys that begin with this text, after the key prefix. @default every key */
  readonly prefix?: string | undefined;
  /** Must be true if there is neither a key prefix nor `prefix`, because every value of the database is sealed then. @default false */
  readonly wholeDatabase?: boolean | undefined;
  /** A hint for how many keys one step examines, 1 to 10 000. @default 200 */
  readonly batch?: number | undefined;
}

/** The progress of `resealAll`. The last one is the result. */
export interface ResealProgress {
  /** Keys examined. */
  readonly scanned: number;
  /** Values and hash fields that were sealed again. */
  readonly resealed: number;
  /** Values and hash fields that another client changed meanwhile, which made them current. */
  readonly changed: number;
  /**
   * Unreadable values and hash fields by error code; KEY_INVALID if the key or field is not valid UTF-8. They are not changed.
   */
  readonly failed: Readonly<Record<string, number>>;
}

/** Values that may wait to be resealed after a read. Further ones are resealed after a later read. */
const MAX_QUEUED = 1000;

/** The part of a store that resealing uses. All keys include the key prefix. */
export interface ResealStore {
  readonly policy: CodecPolicy;
  decode(bytes: Buffer, at: ValuePlace): Promise<Decoded<unknown>>;
  encode(value: unknown, at: ValuePlace, meta: EntryMeta | undefined): Buffer | Promise<Buffer>;
  readonly keys: KeyScanner;
  readonly keyPrefix: string;
  /** Shared by all views of the adapter. */
  readonly limit: BackgroundLimit;
  send(name: string, args: readonly CommandArg[]): Promise<unknown>;
  run<R>(script: ScriptDefinition<R>, key: string, args: readonly CommandArg[]): Promise<R>;
}

/** @throws RedisInfraError OPTION_INVALID, also if there is no prefix and `wholeDatabase` is not set */
export function resolveReseal(
  options: ResealOptions,
  keyPrefix: string,
): { readonly prefix: string; readonly count: number } {
  checkOptions(options, ['prefix', 'wholeDatabase', 'batch'], 'reseal');
  const prefix = checkString(options.prefix ?? '', 'reseal.prefix', true);
  if (keyPrefix + prefix === '' && !checkBoolean(options.wholeDatabase ?? false, 'reseal.wholeDatabase')) {
    throw optionInvalid(
      'reseal.prefix',
      'is empty and there is no key prefix, so every value of the database would be sealed: set it, or set wholeDatabase: true',
    );
  }
  const count = checkInteger(options.batch ?? 200, 'reseal.batch', { min: 1, max: 10_000 });
  return { prefix, count };
}

/** Seals outdated values again. A concurrent write wins, and the time to live stays. */
export class Resealing {
  constructor(private readonly store: ResealStore) {}

  /**
   * Reseals a value in the background after a read found it outdated. No caller waits for it, so a failure is ignored until the next read.
   * The bytes are decoded again then, because the decoded value belongs to its caller, which may change it.
   */
  afterRead(bytes: Buffer, at: ValuePlace): void {
    const { limit } = this.store;
    if (limit.queued >= MAX_QUEUED) return;
    const copy = Buffer.from(bytes);
    limit.run(() => this.resealValue(copy, at)).catch(() => {});
  }

  /** Reseals every outdated value and hash field. */
  async *all(options: ResealOptions = {}): AsyncGenerator<ResealProgress> {
    const { prefix, count } = resolveReseal(options, this.store.keyPrefix);
    const tally = { scanned: 0, resealed: 0, changed: 0, failed: {} as Record<string, number> };
    for await (const { keys, skipped = 0 } of this.store.keys.scan({ prefix, count })) {
      tally.scanned += keys.length + skipped;
      for (let i = 0; i < skipped; i++) addResult(tally, UNNAMED);
      for (const results of await Promise.all(keys.map((key) => this.resealKey(this.store.keyPrefix + key)))) {
        for (const result of results) addResult(tally, result);
      }
      yield { ...tally, failed: { ...tally.failed } };
    }
  }

  private async resealKey(key: string): Promise<string[]> {
    const { limit } = this.store;
    try {
      const type = String(await limit.run(() => this.store.send('type', [key])));
      if (type === 'string')
        return [await limit.run(async () => this.resealValue(await this.store.send('get', [key]), { key }))];
      return type === 'hash' ? await this.resealHash(key) : [];
    } catch (error) {
      // The type of the key changed between TYPE and the read.
      if (error instanceof RedisInfraError && error.code === 'WRONG_TYPE') return ['changed'];
      throw error;
    }
  }

  private async resealHash(key: string): Promise<string[]> {
    const { limit } = this.store;
    const flat = (await limit.run(() => this.store.send('HGETALL', [key]))) as Buffer[];
    const fields = flat.filter((_, i) => i % 2 === 0);
    return Promise.all(
      fields.map(async (bytes, i) => {
        const field = nameOf(bytes);
        return field === undefined ? UNNAMED : limit.run(() => this.resealValue(flat[2 * i + 1], { key, field }));
      }),
    );
  }

  /** Reseals one value. @returns `current`, `resealed`, `changed`, or the error code of an unreadable value */
  private async resealValue(bytes: unknown, at: ValuePlace): Promise<string> {
    if (!Buffer.isBuffer(bytes)) return 'changed';
    try {
      const decoded = await this.store.decode(bytes, at);
      if (decoded.outdated !== true) return 'current';
      return (await this.replace(bytes, decoded, at)) ? 'resealed' : 'changed';
    } catch (error) {
      if (!(error instanceof RedisInfraError)) throw error;
      if (error.code.startsWith('CODEC_')) return error.code;
      if (error.code === 'WRONG_TYPE') return 'changed';
      throw error;
    }
  }

  private async replace(bytes: Buffer, { value, meta }: Decoded<unknown>, at: ValuePlace): Promise<boolean> {
    // `set` stores numbers as plain counters now, so a sealed number becomes one.
    if (this.store.policy.counts && isCount(value))
      return this.compareAndSet(bytes, await this.store.encode(value, at, undefined), at);
    const bound = this.store.policy.bindExpiry ? await this.withExpiry(meta, at) : meta;
    return this.compareAndSet(bytes, await this.store.encode(value, at, bound), at);
  }

  private compareAndSet(bytes: Buffer, resealed: Buffer, at: ValuePlace): Promise<boolean> {
    return at.field === undefined
      ? this.store.run(REPLACE, at.key, [bytes, resealed, ''])
      : this.store.run(REPLACE_FIELD, at.key, [at.field, bytes, resealed]);
  }

  /** Adds the current expiry of the key to the sealed meta of a value that has none. */
  private async withExpiry(meta: EntryMeta | undefined, at: ValuePlace): Promise<EntryMeta | undefined> {
    if (meta?.expires !== undefined || at.field !== undefined) return meta;
    const remainingMs = (await this.store.send('pttl', [at.key])) as number;
    return remainingMs > 0 ? { ...meta, expires: Date.now() + remainingMs } : meta;
  }
}

function addResult(tally: { resealed: number; changed: number; failed: Record<string, number> }, result: string): void {
  if (result === 'resealed') tally.resealed++;
  else if (result === 'changed') tally.changed++;
  else if (result !== 'current') tally.failed[result] = (tally.failed[result] ?? 0) + 1;
}
