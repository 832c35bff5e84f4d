import { isDate } from 'node:util/types';
import { checkBoolean, checkOneOf, checkOptions, checkString, join, optionInvalid } from '../../common/options.js';
import type { EncryptionKey, KeyProvider } from './key-provider.js';
import { resolveKeySet, type KeySet } from './key-set.js';

/** How values are sealed: XAES-256-GCM. Either `keys` or `provider` has to be given. */
export interface EncryptionOptions {
  /** The keys that open; the one called `primary` seals. Ids and secrets are each used once. */
  readonly keys?: readonly EncryptionKey[] | undefined;
  /** The id of the key that seals; only beside `keys`. @default the first of `keys` */
  readonly primary?: string | undefined;
  /** Gives the keys instead of `keys`, on first use and again from time to time. */
  readonly provider?: KeyProvider | undefined;
  /** Whose values these are: those of one tenant do not open for another, under the same keys. At most 256 bytes of UTF-8. @default '' */
  readonly tenant?: string | undefined;
  /** Seal a value anew when it is read and was sealed with another key than the primary. @default false */
  readonly resealOnRead?: boolean | undefined;
  /** Until then values that are not sealed are read too: for moving to encryption. @default undefined: never */
  readonly acceptPlainUntil?: Date | undefined;
  /** Authenticate when a value expires, and refuse to read it afterwards even if the server still has it. @default false */
  readonly bindExpiry?: boolean | undefined;
  /** `'plain'`: allow `incr`, whose counts the server has to read and so cannot be sealed. @default undefined: `incr` is refused */
  readonly counters?: 'plain' | undefined;
  /** Allow compression too: lengths then tell something of what values have in common with what others put into them. @default false */
  readonly compressBeforeEncrypt?: boolean | undefined;
  /** `'padme'`: hide lengths by padding, at most 12 %. @default undefined: lengths are seen */
  readonly padding?: 'padme' | undefined;
}

export const ENCRYPTION_DEFAULTS = {
  tenant: '',
  resealOnRead: false,
  bindExpiry: false,
  compressBeforeEncrypt: false,
} as const satisfies EncryptionOptions;

/** Checked and frozen. It shows no secret: not to `util.inspect`, not as JSON. */
export type ResolvedEncryptionOptions = SealingOptions & KeyOptions;

/** Either keys or somebody to ask for them. */
type KeyOptions =
  | { readonly keys: KeySet; readonly provider: undefined }
  | { readonly keys: undefined; readonly provider: KeyProvider };

interface SealingOptions {
  readonly tenant: string;
  readonly resealOnRead: boolean;
  /** Milliseconds since 1970; undefined: never. */
  readonly acceptPlainUntilMs: number | undefined;
  readonly bindExpiry: boolean;
  readonly counters: 'plain' | undefined;
  readonly compressBeforeEncrypt: boolean;
  readonly padding: 'padme' | undefined;
}

/** Every name `EncryptionOptions` has. */
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

/** @throws RedisInfraError OPTION_INVALID with the option's path, never quoting a secret. */
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
  if (keys !== undefined) throw optionInvalid(paths.keys, 'cannot be given beside a provider');
  if (primary !== undefined) throw optionInvalid(paths.primary, 'cannot be given beside a provider, which tells it');
  return { keys: undefined, provider: checkProvider(provider, join(path, 'provider')) };
}

function checkProvider(provider: unknown, path: string): KeyProvider {
  const given = provider as Partial<KeyProvider> | null;
  if (typeof given?.keys !== 'function' || typeof given.primary !== 'function') {
    throw optionInvalid(path, 'must be an object with the methods keys() and primary()');
  }
  const checked = given as KeyProvider;
  // Behind functions of its own, so that what the provider holds is not seen through the options.
  return Object.freeze({ keys: async () => checked.keys(), primary: async () => checked.primary() });
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
