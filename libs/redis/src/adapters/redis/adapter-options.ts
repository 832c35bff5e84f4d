import type { CodecOptions } from '../../domain/codec/codec.options.js';
import { checkOptions, checkString, join } from '../../common/options.js';
import {
  resolveResilience,
  type ResilienceOptions,
  type ResolvedResilience,
} from '../resilience/resilience-options.js';

/** The options of a `RedisAdapter`. */
export interface AdapterOptions {
  /** Text in front of every key. @default '' */
  readonly keyPrefix?: string | undefined;
  /** How values are encoded: types, compression, encryption. @default JSON */
  readonly codec?: CodecOptions | undefined;
  /** The limits of each call, and the behaviour while Redis is unavailable. */
  readonly resilience?: ResilienceOptions | undefined;
}

export interface ResolvedAdapterOptions {
  readonly keyPrefix: string;
  readonly resilience: ResolvedResilience;
  readonly codec: CodecOptions | undefined;
}

/** The names of all options. */
export const ADAPTER_OPTIONS = ['keyPrefix', 'codec', 'resilience'] as const;

export const ADAPTER_DEFAULTS = { keyPrefix: '' } as const satisfies AdapterOptions;

/** @throws RedisInfraError OPTION_INVALID with the option's path. */
export function resolveAdapterOptions(options: AdapterOptions = {}, path = ''): ResolvedAdapterOptions {
  checkOptions(options, ADAPTER_OPTIONS, path);
  return Object.freeze({
    keyPrefix: checkString(options.keyPrefix ?? ADAPTER_DEFAULTS.keyPrefix, join(path, 'keyPrefix'), true),
    codec: options.codec,
    resilience: resolveResilience(options.resilience ?? {}, join(path, 'resilience')),
  });
}
