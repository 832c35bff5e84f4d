import { RedisInfraError } from '../../common/redis-infra.error.js';
import { checkBoolean, checkInteger, checkOptions, checkString, optionInvalid } from '../../common/options.js';
import type { KeyScanner, ScriptDefinition } from '../../domain/cache-store.js';
import { isCount } from '../../domain/codec/plain-count.js';
import type { CodecPolicy, Decoded, EntryMeta, ValuePlace } from '../../domain/value-codec.js';
import { nameOf } from '../../domain/models/cache-key.js';
import type { BackgroundLimit } from '../sending/background-limit.js';
import type { CommandArg } from '../wire/wire-command.js';
import { REPLACE, REPLACE_FIELD } from './scripts/replace.script.js';

/** What is reported of a key or field that is not valid UTF-8: a value is sealed to its name, and this one has none. */
const UNNAMED = 'KEY_INVALID';

export interface ResealOptions {
  /** Only keys that begin so, behind the store's prefix. @default every key */
  readonly prefix?: string | undefined;
  /** Said out loud where there is neither a key prefix nor `prefix`: then every value of the database is sealed. @default false */
  readonly wholeDatabase?: boolean | undefined;
  /** A hint for how many keys one step looks at, 1 to 10 000. @default 200 */
  readonly batch?: number | undefined;
}

/** How far `resealAll` has come; the last one is the result. */
export interface ResealProgress {
  /** Keys looked at. */
  readonly scanned: number;
  /** Values and fields that were written anew. */
  readonly resealed: number;
  /** Values and fields that somebody changed meanwhile, which made them current. */
  readonly changed: number;
  /** Values and fields that cannot be read, by code; KEY_INVALID where a key or field is not valid UTF-8. They are left as they are. */
  readonly failed: Readonly<Record<string, number>>;
}

/** So many values that were read may wait to be sealed anew; further ones are left for their next read. */
const MAX_QUEUED = 1000;

/** What resealing needs of a store. Keys are the store's, with its prefix. */
export interface ResealStore {
  readonly policy: CodecPolicy;
  decode(bytes: Buffer, at: ValuePlace): Promise<Decoded<unknown>>;
  encode(value: unknown, at: ValuePlace, meta: EntryMeta | undefined): Buffer | Promise<Buffer>;
  readonly keys: KeyScanner;
  readonly keyPrefix: string;
  /** Shared by all who reseal over the same connections. */
  readonly limit: BackgroundLimit;
  send(name: string, args: readonly CommandArg[]): Promise<unknown>;
  run<R>(script: ScriptDefinition<R>, key: string, args: readonly CommandArg[]): Promise<R>;
}

/** @throws RedisInfraError OPTION_INVALID, also without any prefix unless the whole database is meant. */
export function resolveReseal(
  options: ResealOptions,
  keyPrefix: string,
): { readonly prefix: string; readonly count: number } {
  checkOptions(options, ['prefix', 'wholeDatabase', 'batch'], 'reseal');
  const prefix = checkString(options.prefix ?? '', 'reseal.prefix', true);
  if (keyPrefix + prefix === '' && !checkBoolean(options.wholeDatabase ?? false, 'reseal.wholeDatabase')) {
    throw optionInvalid(
      'reseal.prefix',
      'is empty like the key prefix, so every value of the database would be sealed: say which, or { wholeDatabase: true }',
    );
  }
  const count = checkInteger(options.batch ?? 200, 'reseal.batch', { min: 1, max: 10_000 });
  return { prefix, count };
}

/** Writes values anew as they would be written now, unless somebody changed them meanwhile; their time to live stays. */
export class Resealing {
  constructor(private readonly store: ResealStore) {}

  /**
   * After a read found it outdated. Nobody waits for it, so whatever goes wrong is left for the next time. It is decoded again when its
   * turn has come: the value that was read is its reader's, who may have changed it by then.
   */
  afterRead(bytes: Buffer, at: ValuePlace): void {
    const { limit } = this.store;
    if (limit.queued >= MAX_QUEUED) return;
    const copy = Buffer.from(bytes);
    limit.run(() => this.resealValue(copy, at)).catch(() => {});
  }

  /** Every value and hash field that is not as it would be written now. */
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
      // It became something else between two looks at it.
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

  /** What became of one value: `current`, `resealed`, `changed`, or the code of what is wrong with it. */
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
    // A sealed number becomes a plain counter, as `set` writes it now.
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

  /** A value that had no sealed end yet gets the one it has. */
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
