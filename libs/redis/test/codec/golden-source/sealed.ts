import { resolveEncryptionOptions, type EncryptionOptions } from '../../../src/domain/encryption/encryption.options.js';
import { createCipher } from '../../../src/domain/encryption/value-cipher.js';
import { envelopeBytes, metaItem } from '../support/envelope-bytes.js';
import { notationOf } from '../support/value-notation.js';
import type { GoldenVector } from './golden-vector.js';
import { given, written } from './writing.js';

export const KEYS = [
  { id: '2025', secret: 'golden secret of the year 2025' },
  { id: '2026', secret: 'golden secret of the year 2026' },
];
const [OLD] = KEYS as [(typeof KEYS)[0]];
const VALUE = { total: 42.5, at: new Date(1_700_000_000_000) };
const TEXT = 'a text that is long enough to be worth it, '.repeat(30);

export const EVERY_MEMBER = {
  created: 1_700_000_000_000,
  freshUntil: 1_700_000_060_000,
  expires: 4_102_444_800_000,
  loadMs: 250,
  schema: 65_535,
  clock: 2 ** 48 - 1,
  tags: ['0123456789abcdef', 'ffffffffffffffff'],
};

/** An envelope of suite 1 with a custom header. */
export async function sealedBytes(
  header: Buffer,
  plain: Buffer,
  key = 'app:k',
  options: EncryptionOptions = { keys: KEYS },
): Promise<Buffer> {
  return createCipher(resolveEncryptionOptions(options)).sealEnvelope(header, { key }, plain);
}

/** Sealed values of every shape. */
export async function sealedVectors(): Promise<GoldenVector[]> {
  const reader = { keys: KEYS };
  const seal = (encryption: Partial<EncryptionOptions> = {}): { encryption: EncryptionOptions } => ({
    encryption: { keys: KEYS, ...encryption },
  });
  const smaller = { compression: { minBytes: 0 }, ...seal({ compressBeforeEncrypt: true }) };
  const padded = { compression: { minBytes: 0 }, ...seal({ compressBeforeEncrypt: true, padding: 'padme' }) };
  const unbound = await sealedBytes(envelopeBytes({ flags: 1, suite: 1, body: '' }), Buffer.from('{"a":1}'));
  return [
    await written({ title: 'json', value: { a: 1 }, with: seal(), reader }),
    await written({ title: 'json with a table', value: VALUE, with: seal(), reader }),
    await written({ title: 'text', value: 'ä text', with: seal(), reader }),
    await written({ title: 'no text', value: '', with: seal(), reader }),
    await written({ title: 'bytes', value: Buffer.from([1, 2]), with: seal(), reader }),
    await written({ title: 'msgpack', value: VALUE, with: { serializer: 'msgpack', ...seal() }, reader }),
    await written({ title: 'a number', value: 7, with: seal(), reader }),
    await written({ title: 'in a hash', value: { a: 1 }, with: seal(), reader, key: 'app:hash', field: 'ä field' }),
    await written({ title: 'in a field without a name', value: 1, with: seal(), reader, field: '' }),
    await written({
      title: 'of a tenant',
      value: { a: 1 },
      with: seal({ tenant: 'acme' }),
      reader: { ...reader, tenant: 'acme' },
    }),
    await written({ title: 'with the key that seals no more', value: { a: 1 }, with: seal({ keys: [OLD] }), reader }),
    await written({ title: 'compressed', value: TEXT, with: smaller, reader }),
    await written({ title: 'padded', value: 'x'.repeat(100), with: seal({ padding: 'padme' }), reader }),
    await written({ title: 'compressed and padded', value: TEXT, with: padded, reader }),
    await written({ title: 'with meta', value: { a: 1 }, with: seal(), meta: EVERY_MEMBER, reader }),
    await written({
      title: 'before its end, which is bound',
      value: { a: 1 },
      with: seal(),
      meta: { expires: 1_700_000_000_000 },
      reader: { ...reader, bindExpiry: true, nowMs: 1_699_999_999_999 },
    }),
    given({ title: 'not bound to its key', key: 'any:key', field: 'any', bytes: unbound, value: { a: 1 }, reader }),
  ];
}

/** Envelopes with meta, not sealed. */
export async function metaVectors(): Promise<GoldenVector[]> {
  const members = Object.entries(EVERY_MEMBER).map(([name, value]) => ({ title: name, meta: { [name]: value } }));
  const most = Array.from({ length: 24 }, (_, i) => i.toString(16).padStart(16, '0'));
  const later = Buffer.concat([metaItem(99, 'aabbcc'), metaItem(5, '0007'), metaItem(100, '')]);
  return [
    ...(await Promise.all(members.map((member) => written({ ...member, value: { a: 1 } })))),
    await written({ title: 'every member', value: { a: 1 }, meta: EVERY_MEMBER }),
    await written({ title: 'as many tags as there may be', value: { a: 1 }, meta: { ...EVERY_MEMBER, tags: most } }),
    given({
      title: 'types of a later version that need not be known',
      bytes: envelopeBytes({ meta: later, body: '{"a":1}' }),
      value: notationOf({ a: 1 }),
      meta: { schema: 7 },
    }),
  ];
}
