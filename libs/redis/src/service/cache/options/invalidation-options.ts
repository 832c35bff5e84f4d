import { checkBoolean, checkOptions } from '../../../common/options.js';

/** Options of `flush`. */
export interface FlushOptions {
  /**
   * Waits until the keys are removed. Reads do not find them any more as soon as the flush is applied.
   * @default true
   */
  readonly wait?: boolean | undefined;
}

/** Options of `invalidateTags`. */
export interface InvalidateTagsOptions {
  /** Keeps the values for `staleIfError`: a `getOrSet` may return them if its load fails. @default false */
  readonly keepForErrors?: boolean | undefined;
}

export const FLUSH_DEFAULTS = { wait: true } as const satisfies FlushOptions;

export const INVALIDATE_TAGS_DEFAULTS = { keepForErrors: false } as const satisfies InvalidateTagsOptions;

/** Returns the options of one `flush`. @throws RedisInfraError OPTION_INVALID */
export function resolveFlushOptions(options: unknown): { readonly wait: boolean } {
  const { wait = FLUSH_DEFAULTS.wait } = checkOptions(options, ['wait'], '');
  return { wait: checkBoolean(wait, 'wait') };
}

/** Returns the options of one `invalidateTags`. @throws RedisInfraError OPTION_INVALID */
export function resolveInvalidateTagsOptions(options: unknown): { readonly keepForErrors: boolean } {
  const { keepForErrors = INVALIDATE_TAGS_DEFAULTS.keepForErrors } = checkOptions(options, ['keepForErrors'], '');
  return { keepForErrors: checkBoolean(keepForErrors, 'keepForErrors') };
}
