import { durationMs, type Duration } from '../../common/duration.js';
import type { CodecOptions } from '../../domain/codec/codec.options.js';
import { checkOptions, checkString, join } from '../../common/options.js';

export interface ResilienceOptions {
  /** How long one call may take, waiting for the connection included. From 1 ms to 1 h. @default '500ms' */
  readonly deadline?: Duration | undefined;
}

export interface AdapterOptions {
  /** Put in front of every key, in one place. @default '' */
  readonly keyPrefix?: string | undefined;
  /** How values are written: types, compression, encryption. @default JSON */
  readonly codec?: CodecOptions | undefined;
  readonly resilience?: ResilienceOptions | undefined;
}

export interface ResolvedAdapterOptions {
  readonly keyPrefix: string;
  readonly deadlineMs: number;
  readonly codec: CodecOptions | undefined;
}

/** Every name `AdapterOptions` has. */
export const ADAPTER_OPTIONS = ['keyPrefix', 'codec', 'resilience'] as const;

export const ADAPTER_DEFAULTS = { keyPrefix: '' } as const satisfies AdapterOptions;
export const RESILIENCE_DEFAULTS = { deadline: '500ms' } as const satisfies ResilienceOptions;

export const DEADLINE_LIMITS = { minMs: 1, maxMs: 3_600_000 } as const;

/** @throws RedisInfraError OPTION_INVALID with the option's path. */
export function resolveAdapterOptions(options: AdapterOptions = {}, path = ''): ResolvedAdapterOptions {
  checkOptions(options, ADAPTER_OPTIONS, path);
  const resilience = options.resilience ?? {};
  checkOptions(resilience, Object.keys(RESILIENCE_DEFAULTS), join(path, 'resilience'));
  return Object.freeze({
    keyPrefix: checkString(options.keyPrefix ?? ADAPTER_DEFAULTS.keyPrefix, join(path, 'keyPrefix'), true),
    codec: options.codec,
    deadlineMs: durationMs(
      resilience.deadline ?? RESILIENCE_DEFAULTS.deadline,
      join(path, 'resilience.deadline'),
      DEADLINE_LIMITS,
    ),
  });
}
