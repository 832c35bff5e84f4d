import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import { ENCRYPTION_OPTIONS, resolveEncryptionOptions, type EncryptionOptions } from './encryption.options.js';

const SECRET = 'canary-canary-canary-canary-0001';
const OTHER = 'canary-canary-canary-canary-0002';
const keys = [{ id: 'a', secret: SECRET }];
const provider = { keys: () => Promise.resolve(keys), primary: () => Promise.resolve('a') };

function refusal(options: unknown, path?: string): RedisInfraError {
  try {
    resolveEncryptionOptions(options as EncryptionOptions, path);
  } catch (error) {
    if (error instanceof RedisInfraError && error.code === 'OPTION_INVALID') return error;
    throw error;
  }
  return expect.fail('nothing was refused');
}

describe('encryption options', () => {
  it('have defaults for everything but the keys', () => {
    const { keys: set, ...rest } = resolveEncryptionOptions({ keys });
    expect(set?.primary.id).toBe('a');
    expect(rest).toEqual({
      provider: undefined,
      tenant: '',
      resealOnRead: false,
      acceptPlainUntilMs: undefined,
      bindExpiry: false,
      counters: undefined,
      compressBeforeEncrypt: false,
      padding: undefined,
    });
  });

  it('accept every option', () => {
    const resolved = resolveEncryptionOptions({
      keys: [...keys, { id: 'b', secret: Buffer.from(OTHER) }],
      primary: 'b',
      tenant: 'acme',
      resealOnRead: true,
      acceptPlainUntil: new Date(86_400_000),
      bindExpiry: true,
      counters: 'plain',
      compressBeforeEncrypt: true,
      padding: 'padme',
    });
    expect(resolved.keys?.keys.map(({ id }) => id)).toEqual(['a', 'b']);
    expect(resolved.keys?.primary.id).toBe('b');
    expect(resolved).toMatchObject({
      tenant: 'acme',
      resealOnRead: true,
      acceptPlainUntilMs: 86_400_000,
      bindExpiry: true,
      counters: 'plain',
      compressBeforeEncrypt: true,
      padding: 'padme',
    });
    expect(Object.keys(resolved).toSorted()).toEqual(
      ENCRYPTION_OPTIONS.filter((name) => name !== 'primary')
        .map((name) => (name === 'acceptPlainUntil' ? 'acceptPlainUntilMs' : name))
        .toSorted(),
    );
  });

  it('treat undefined like an omitted option', () => {
    const undefineds = Object.fromEntries(ENCRYPTION_OPTIONS.map((name) => [name, undefined]));
    expect(resolveEncryptionOptions({ ...undefineds, keys }).tenant).toBe('');
  });

  it.each<[string, unknown, string]>([
    ['no keys and no provider', {}, 'encryption'],
    ['both', { keys, provider }, 'encryption.keys'],
    ['primary with a provider', { provider, primary: 'a' }, 'encryption.primary'],
    ['no object', 'aes', 'encryption'],
    ['an unknown member', { keys, algorithm: 'rot13' }, 'encryption.algorithm'],
    ['an empty list of keys', { keys: [] }, 'encryption.keys'],
    ['keys that are no list', { keys: keys[0] }, 'encryption.keys'],
    ['a key that is only a secret', { keys: [SECRET] }, 'encryption.keys[0]'],
    ['an unknown member of a key', { keys: [{ ...keys[0], kid: 1 }] }, 'encryption.keys[0].kid'],
    ['a key without an id', { keys: [{ secret: SECRET }] }, 'encryption.keys[0].id'],
    ['a key with an empty id', { keys: [...keys, { id: '', secret: OTHER }] }, 'encryption.keys[1].id'],
    ['a key without a secret', { keys: [{ id: 'a' }] }, 'encryption.keys[0].secret'],
    ['a short secret', { keys: [{ id: 'a', secret: SECRET.slice(0, 15) }] }, 'encryption.keys[0].secret'],
    ['short bytes', { keys: [{ id: 'a', secret: new Uint8Array(15) }] }, 'encryption.keys[0].secret'],
    ['a secret that is a number', { keys: [{ id: 'a', secret: 1e20 }] }, 'encryption.keys[0].secret'],
    [
      'a secret with an unpaired surrogate',
      { keys: [{ id: 'a', secret: `${SECRET}\uD800` }] },
      'encryption.keys[0].secret',
    ],
    ['two keys of one id', { keys: [...keys, { id: 'a', secret: OTHER }] }, 'encryption.keys[1].id'],
    ['one secret in two keys', { keys: [...keys, { id: 'b', secret: SECRET }] }, 'encryption.keys[1].secret'],
    ['an unknown primary', { keys, primary: 'z' }, 'encryption.primary'],
    ['an empty primary', { keys, primary: '' }, 'encryption.primary'],
    ['a provider that is null', { provider: null }, 'encryption.provider'],
    ['a provider without primary()', { provider: { keys: provider.keys } }, 'encryption.provider'],
    ['a provider without keys()', { provider: { primary: provider.primary } }, 'encryption.provider'],
    ['a tenant that is a number', { keys, tenant: 7 }, 'encryption.tenant'],
    ['a tenant that is null', { keys, tenant: null }, 'encryption.tenant'],
    ['a tenant that is too long', { keys, tenant: 'é'.repeat(129) }, 'encryption.tenant'],
    ['a tenant with an unpaired surrogate', { keys, tenant: '\uDC00' }, 'encryption.tenant'],
    ['resealOnRead that is no boolean', { keys, resealOnRead: 'yes' }, 'encryption.resealOnRead'],
    ['bindExpiry that is null', { keys, bindExpiry: null }, 'encryption.bindExpiry'],
    ['compressBeforeEncrypt that is 1', { keys, compressBeforeEncrypt: 1 }, 'encryption.compressBeforeEncrypt'],
    ['an invalid date', { keys, acceptPlainUntil: new Date(NaN) }, 'encryption.acceptPlainUntil'],
    ['a date as text', { keys, acceptPlainUntil: '2030-01-01' }, 'encryption.acceptPlainUntil'],
    ['sealed counters', { keys, counters: 'sealed' }, 'encryption.counters'],
    ['counters that are true', { keys, counters: true }, 'encryption.counters'],
    ['another padding', { keys, padding: 'pkcs7' }, 'encryption.padding'],
  ])('refuse %s', (_what, options, path) => {
    const error = refusal(options);
    expect(error.context).toEqual({ path });
    expect(error.message.startsWith(`${path}: `)).toBe(true);
    expect(inspect(error)).not.toContain('canary');
  });

  it('are refused with the path of the caller', () => {
    expect(refusal({}, 'cache.codec.encryption').context['path']).toBe('cache.codec.encryption');
    expect(refusal({ keys: [] }, 'codec.encryption').context['path']).toBe('codec.encryption.keys');
  });

  it('are frozen once resolved', () => {
    const resolved = resolveEncryptionOptions({ keys });
    const parts = [resolved, resolved.keys, resolved.keys?.keys, resolved.keys?.primary];
    expect(parts.map((part) => Object.isFrozen(part))).toEqual([true, true, true, true]);
    expect(Object.isFrozen(resolveEncryptionOptions({ provider }).provider)).toBe(true);
  });

  it('are copied: later changes by the caller have no effect', () => {
    const secret = Buffer.from(SECRET);
    const date = new Date(1000);
    const resolved = resolveEncryptionOptions({ keys: [{ id: 'a', secret }], acceptPlainUntil: date });
    const { kid } = resolveEncryptionOptions({ keys }).keys!.primary;
    secret.fill(0);
    date.setTime(2000);
    expect(resolved.keys?.primary.kid).toBe(kid);
    expect(resolved.keys?.primary.secret.export()).toEqual(Buffer.from(SECRET));
    expect(resolved.acceptPlainUntilMs).toBe(1000);
  });

  it('expose no secret once resolved, printed in any way', () => {
    const bytes = Buffer.from(SECRET);
    const holder = { ...provider, masterKey: SECRET, bytes };
    for (const resolved of [
      resolveEncryptionOptions({ keys: [...keys, { id: 'b', secret: Buffer.from(OTHER) }] }),
      resolveEncryptionOptions({ provider: holder }),
    ]) {
      const seen = [
        inspect(resolved, { depth: Infinity, showHidden: true, getters: true }),
        JSON.stringify(resolved),
      ].join('\n');
      for (const form of [
        SECRET,
        bytes.toString('hex'),
        bytes.toString('base64'),
        bytes.join(','),
        'canary',
        '63 61 6e',
      ]) {
        expect(seen).not.toContain(form);
      }
    }
  });

  it('call the methods of the provider on the provider', async () => {
    class Provider {
      private readonly held = keys;
      keys() {
        return Promise.resolve(this.held);
      }
      primary() {
        return Promise.resolve(this.held[0]!.id);
      }
    }
    const resolved = resolveEncryptionOptions({ provider: new Provider() });
    expect([await resolved.provider?.keys(), await resolved.provider?.primary()]).toEqual([keys, 'a']);
  });
});

describe('the kid of a key', () => {
  it('is the first 4 bytes of HMAC-SHA256(secret, "kid"), the same for text and for its bytes', () => {
    const text = 'a secret of more than 16 bytes';
    for (const secret of [text, Buffer.from(text), new Uint8Array(Buffer.from(text))]) {
      expect(resolveEncryptionOptions({ keys: [{ id: 'any', secret }] }).keys?.primary.kid).toBe(0xcd59d3ba);
    }
  });
});
