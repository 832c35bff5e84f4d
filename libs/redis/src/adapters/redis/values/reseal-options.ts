import { checkBoolean, checkInteger, checkOptions, checkString, optionInvalid } from '../../../common/options.js';

/** The options of `resealAll`. */
export interface ResealOptions {
  /** Only keys that begin with this text, after the key prefix. @default every key */
  readonly prefix?: string | undefined;
  /**
   * Must be true if there is neither a key prefix nor `prefix`, because every value of the database is sealed then.
   * @default false
   */
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
   * Unreadable values and hash fields by error code; KEY_INVALID if the key or field is not valid UTF-8. They are not
   * changed.
   */
  readonly failed: Readonly<Record<string, number>>;
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
