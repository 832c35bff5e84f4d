import { isDate } from 'node:util/types';
import { checkBoolean, checkOneOf, checkOptions, checkString, join, optionInvalid } from '../../common/options.js';
import type { EncryptionKey, KeyProvider } from './key-provider.js';
import { resolveKeySet, type KeySet } from './key-set.js';

/** How values are encrypted with XAES-256-GCM. Either `keys` or `provider` is required. */
export interface EncryptionOptions {
  /** The keys that open values; the `primary` key also seals. Ids and secrets must be unique. */
  readonly keys?: readonly EncryptionKey[] | undefined;
  /** The id of the key that seals; only together with `keys`. @default the first of `keys` */
  readonly primary?: string | undefined;
  /** Returns the keys instead of `keys`: called on first use and then every few minutes. */
  readonly provider?: KeyProvider | undefined;
  /**
   * The tenant that owns the values. Values of one tenant do not open for another with the same keys. At most 256 bytes
   * of UTF-8.
   * @default ''
   */
  readonly tenant?: string | undefined;
  /** Reseals a value with the primary key when it is read and another key sealed it. @default false */
  readonly resealOnRead?: boolean | undefined;
  /** Accepts values that are not sealed until this time, for a migration to encryption. @default undefined: never */
  readonly acceptPlainUntil?: Date | undefined;
  /**
   * Authenticates the expiry of a value, and rejects the value afterwards even if the server still has it
   * (CODEC_EXPIRED).
   * @default false
   */
  readonly bindExpiry?: boolean | undefined;
  /**
   * `'plain'` allows `incr`: the server must read counters, so they are not encrypted.
   * @default undefined: `incr` is refused
   */
  readonly counters?: 'plain' | undefined;
  /**
   * Allows compression together with encryption. The length of a value then reveals part of its content.
   * @default false
   */
  readonly compressBeforeEncrypt?: boolean | undefined;
  /** `'padme'` pads values by at most 12 % to hide their exact length. @default undefined: no padding */
  readonly padding?: 'padme' | undefined;
}

export const ENCRYPTION_DEFAULTS = {
  tenant: '',
  resealOnRead: false,
  bindExpiry: false,
  compressBeforeEncrypt: false,
} as const satisfies EncryptionOptions;

/** `EncryptionOptions` after checks, frozen. It exposes no secret to `util.inspect` or `JSON.stringify`. */
export type ResolvedEncryptionOptions = SealingOptions & KeyOptions;

/** Either keys or a provider of keys. */
type KeyOptions =
  | { readonly keys: KeySet; readonly provider: undefined }
  | { readonly keys: undefined; readonly provider: KeyProvider };

interface SealingOptions {
  readonly tenant: string;
  readonly resealOnRead: boolean;
  /** Milliseconds since 1970; undefined means never. */
  readonly acceptPlainUntilMs: number | undefined;
  readonly bindExpiry: boolean;
  readonly counters: 'plain' | undefined;
  readonly compressBeforeEncrypt: boolean;
  readonly padding: 'padme' | undefined;
}

/** The names of all `EncryptionOptions`. */
export const ENCRYPTION_OPTIONS: readonly string[] = [
  'keys',
  'primary',
  'provider',
  'tenant',
  'resealOnRead',
  'acceptPlainUntil',
  'bindExpiry',
  'counters',
  'compressBeforeEncrypt',
  'padding',
];

const MAX_TENANT_BYTES = 256;

/** Checks encryption options. @throws RedisInfraError OPTION_INVALID with the option's path, without secrets */
export function resolveEncryptionOptions(options: EncryptionOptions, path = 'encryption'): ResolvedEncryptionOptions {
  checkOptions(options, ENCRYPTION_OPTIONS, path);
  const at = (name: keyof EncryptionOptions): string => join(path, name);
  const flag = (name: 'resealOnRead' | 'bindExpiry' | 'compressBeforeEncrypt'): boolean =>
    options[name] === undefined ? ENCRYPTION_DEFAULTS[name] : checkBoolean(options[name], at(name));
  const { counters, padding } = options;
  return Object.freeze({
    ...resolveKeys(options, path),
    tenant: resolveTenant(options.tenant, at('tenant')),
    resealOnRead: flag('resealOnRead'),
    acceptPlainUntilMs: resolveDate(options.acceptPlainUntil, at('acceptPlainUntil')),
    bindExpiry: flag('bindExpiry'),
    counters: counters === undefined ? undefined : checkOneOf(counters, at('counters'), ['plain']),
    compressBeforeEncrypt: flag('compressBeforeEncrypt'),
    padding: padding === undefined ? undefined : checkOneOf(padding, at('padding'), ['padme']),
  });
}

function resolveKeys({ keys, primary, provider }: EncryptionOptions, path: string): KeyOptions {
  const paths = { keys: join(path, 'keys'), primary: join(path, 'primary') };
  if (provider === undefined) {
    if (keys === undefined) throw optionInvalid(path, 'needs keys or a provider');
    return { keys: resolveKeySet(keys, primary, paths), provider: undefined };
  }
  if (keys !== undefined) throw optionInvalid(paths.keys, 'must not be set together with provider');
  if (primary !== undefined)
    throw optionInvalid(paths.primary, 'must not be set together with provider, which returns it');
  return { keys: undefined, provider: checkProvider(provider, join(path, 'provider')) };
}

function checkProvider(provider: KeyProvider | null, path: string): KeyProvider {
  if (typeof provider?.keys !== 'function' || typeof provider.primary !== 'function') {
    throw optionInvalid(path, 'must be an object with the methods keys() and primary()');
  }
  // Wrapped, so that the options do not expose the fields of the provider.
  return Object.freeze({ keys: async () => provider.keys(), primary: async () => provider.primary() });
}

function resolveTenant(tenant: unknown, path: string): string {
  if (tenant === undefined) return ENCRYPTION_DEFAULTS.tenant;
  const name = checkString(tenant, path, true);
  if (name.isWellFormed() && Buffer.byteLength(name) <= MAX_TENANT_BYTES) return name;
  throw optionInvalid(path, `must be well-formed Unicode of at most ${MAX_TENANT_BYTES} bytes`);
}

function resolveDate(date: unknown, path: string): number | undefined {
  if (date === undefined) return undefined;
  if (isDate(date) && Number.isFinite(date.getTime())) return date.getTime();
  throw optionInvalid(path, 'must be a valid Date');
}
