import type { CodecOptions } from '../../domain/codec/codec.options.js';
import type { EncryptionOptions } from '../../domain/encryption/encryption.options.js';
import type { EncryptionKey } from '../../domain/encryption/key-provider.js';
import { UsageError } from '../usage.error.js';

/** The variable that contains the keys. */
export const KEYS_VARIABLE = 'REDIS_ENCRYPTION_KEYS';

type Variables = Readonly<Record<string, string | undefined>>;

/** The last time that there is. */
export const FOREVER = new Date(8.64e15);

/**
 * The keys in `REDIS_ENCRYPTION_KEYS`: `id=secret`, separated by commas, the first one seals. A secret that begins with
 * `base64:` or `hex:` is decoded; otherwise it is the text itself. Undefined if the variable is not set.
 * @throws UsageError that contains no secret
 */
function encryptionKeys(env: Variables): readonly EncryptionKey[] | undefined {
  const text = env[KEYS_VARIABLE];
  if (text === undefined || text === '') return undefined;
  return text.split(',').map((entry, index) => {
    const [, id, secret] = /^\s*([^=\s]+)=(.+?)\s*$/s.exec(entry) ?? [];
    if (id === undefined || secret === undefined)
      throw new UsageError(
        `${KEYS_VARIABLE}: entry ${index + 1} must be id=secret; a secret with a comma needs base64:`,
      );
    return { id, secret: decodeSecret(secret) };
  });
}

/**
 * The keys and the tenant of the environment. Undefined if there are no keys.
 * @throws UsageError
 */
export function sealingOptions(env: Variables): Pick<EncryptionOptions, 'keys' | 'tenant'> | undefined {
  const keys = encryptionKeys(env);
  return keys && { keys, tenant: env['REDIS_ENCRYPTION_TENANT'] };
}

/** A codec that reads sealed values with the keys of the environment, and values that are not sealed. */
export function readingCodec(env: Variables): CodecOptions | undefined {
  const sealing = sealingOptions(env);
  return sealing && { encryption: { ...sealing, acceptPlainUntil: FOREVER } };
}

function decodeSecret(secret: string): string | Uint8Array {
  const [, encoding, text] = /^(base64|hex):(.*)$/s.exec(secret) ?? [];
  if (text === undefined) return secret;
  return Buffer.from(text, encoding === 'hex' ? 'hex' : 'base64');
}
