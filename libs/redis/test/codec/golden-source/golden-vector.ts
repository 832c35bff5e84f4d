import type { CodecOptions } from '../../../src/domain/codec/codec.options.js';
import type { EnvelopeCodec } from '../../../src/domain/codec/envelope.codec.js';
import type { EntryMeta, ValuePlace } from '../../../src/domain/value-codec.js';
import { codecWith, StoppedClock } from '../support/codec-with.js';
import { MONEY } from '../support/money.js';

/** The configuration of the reader of a golden vector. */
export interface GoldenReader {
  readonly keys?: readonly { readonly id: string; readonly secret: string }[];
  readonly tenant?: string;
  readonly bindExpiry?: boolean;
  /** The time in milliseconds since 1970, if it matters. */
  readonly nowMs?: number;
  readonly maxDecodedBytes?: number;
  readonly dictionary?: { readonly id: number; readonly hex: string };
  /** True registers the application type `money`. */
  readonly money?: boolean;
  /** True means that the keys come from a provider that fails. */
  readonly failingProvider?: boolean;
}

/** Stored bytes, and the value that every version of this package decodes them to. */
export interface GoldenVector extends ValuePlace {
  readonly title: string;
  /** In hexadecimal. */
  readonly bytes: string;
  readonly reader?: GoldenReader;
  /** The value in the notation of `notationOf`; absent if there is an error. */
  readonly value?: unknown;
  readonly meta?: EntryMeta;
  readonly error?: string;
}

/** Creates the codec of a reader with this configuration. */
export function codecOf(reader: GoldenReader = {}): EnvelopeCodec {
  const { keys, tenant, bindExpiry, nowMs, maxDecodedBytes, dictionary, money, failingProvider } = reader;
  const provider = { keys: () => Promise.reject(new Error('unavailable')), primary: () => Promise.resolve('a') };
  const options: CodecOptions = {
    maxDecodedBytes,
    types: money === true ? [MONEY] : [],
    encryption: failingProvider === true ? { provider } : keys && { keys, tenant, bindExpiry },
  };
  return codecWith(options, {
    clock: new StoppedClock(nowMs),
    dictionary: dictionary && { id: dictionary.id, bytes: Buffer.from(dictionary.hex, 'hex') },
  });
}
