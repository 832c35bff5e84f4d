import { RedisInfraError } from '../../common/redis-infra.error.js';
import { checkInteger, checkOptions, checkString } from '../../common/options.js';
import type { KeyScanner, ScriptDefinition } from '../../domain/cache-store.js';
import { chain } from '../../domain/codec/maybe-promise.js';
import type { Decoded, StoreCodec, ValuePlace } from '../../domain/codec/value-codec.js';
import type { CommandArg } from './command-sender.js';
import { REPLACE, REPLACE_FIELD } from './replace.script.js';

export interface ResealOptions {
  /** Only keys that begin so, behind the store's prefix. @default every key */
  readonly prefix?: string | undefined;
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
  /** Values and fields that cannot be read, by code. They are left as they are. */
  readonly failed: Readonly<Record<string, number>>;
}

/** What resealing needs of a store. Keys are the store's, with its prefix. */
export interface ResealStore {
  readonly codec: StoreCodec;
  readonly keys: KeyScanner;
  locate(key: string): string;
  send(name: string, args: readonly CommandArg[]): Promise<unknown>;
  run<R>(script: ScriptDefinition<R>, key: string, args: readonly CommandArg[]): Promise<R>;
}

/** Writes values anew as they would be written now, unless somebody changed them meanwhile; their time to live stays. */
export class Resealing {
  constructor(private readonly store: ResealStore) {}

  /** After a read found it outdated. Nobody waits for it, so whatever goes wrong is left for the next time. */
  afterRead(bytes: Buffer, decoded: Decoded<unknown>, at: ValuePlace): void {
    this.replace(Buffer.from(bytes), decoded, at).catch(() => {});
  }

  /** Every value and hash field that is not as it would be written now. */
  async *all(options: ResealOptions = {}): AsyncGenerator<ResealProgress> {
    checkOptions(options, ['prefix', 'batch'], 'reseal');
    const prefix = checkString(options.prefix ?? '', 'reseal.prefix', true);
    const count = checkInteger(options.batch ?? 200, 'reseal.batch', { min: 1, max: 10_000 });
    const tally = { scanned: 0, resealed: 0, changed: 0, failed: {} as Record<string, number> };
    for await (const { keys } of this.store.keys.scan({ prefix, count })) {
      tally.scanned += keys.length;
      for (const results of await Promise.all(keys.map((key) => this.key(this.store.locate(key))))) {
        for (const result of results) add(tally, result);
      }
      yield { ...tally, failed: { ...tally.failed } };
    }
  }

  private async key(key: string): Promise<string[]> {
    const type = String(await this.store.send('type', [key]));
    if (type === 'string') {
      const bytes = await this.store.send('get', [key]);
      return [await this.one(bytes, { key })];
    }
    if (type !== 'hash') return [];
    const flat = (await this.store.send('HGETALL', [key])) as Buffer[];
    const fields = flat.filter((_, i) => i % 2 === 0);
    return Promise.all(fields.map((field, i) => this.one(flat[2 * i + 1], { key, field: String(field) })));
  }

  /** What became of one value: `current`, `resealed`, `changed`, or the code of what is wrong with it. */
  private async one(bytes: unknown, at: ValuePlace): Promise<string> {
    if (!Buffer.isBuffer(bytes)) return 'changed';
    try {
      const decoded = await this.store.codec.decode(bytes, at);
      if (decoded.outdated !== true || isCount(decoded.value, this.store.codec)) return 'current';
      return (await this.replace(bytes, decoded, at)) ? 'resealed' : 'changed';
    } catch (error) {
      if (error instanceof RedisInfraError && error.code.startsWith('CODEC_')) return error.code;
      throw error;
    }
  }

  private replace(bytes: Buffer, { value, meta }: Decoded<unknown>, at: ValuePlace): Promise<boolean> {
    const encoded = this.store.codec.encode(value, at, meta);
    return Promise.resolve(
      chain(encoded, (anew) =>
        at.field === undefined
          ? this.store.run(REPLACE, at.key, [bytes, anew, ''])
          : this.store.run(REPLACE_FIELD, at.key, [at.field, bytes, anew]),
      ),
    );
  }
}

/** Sealed, it could not be counted on. */
function isCount(value: unknown, codec: StoreCodec): boolean {
  return codec.policy.counts && Number.isSafeInteger(value);
}

function add(tally: { resealed: number; changed: number; failed: Record<string, number> }, result: string): void {
  if (result === 'resealed') tally.resealed++;
  else if (result === 'changed') tally.changed++;
  else if (result !== 'current') tally.failed[result] = (tally.failed[result] ?? 0) + 1;
}
