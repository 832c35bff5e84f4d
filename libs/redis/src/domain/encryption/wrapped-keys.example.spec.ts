import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { resolveEncryptionOptions } from './encryption.options.js';
import type { EncryptionKey, KeyProvider } from './key-provider.js';
import { createCipher } from './value-cipher.js';

/** Data keys of a configuration file or a secret, which only the KMS can unwrap. */
interface WrappedKeys {
  readonly primary: string;
  readonly keys: readonly { readonly id: string; readonly wrapped: Uint8Array }[];
}

/**
 * Envelope encryption: values are sealed with data keys, and those are kept wrapped by a master key that never leaves
 * its service.
 */
class WrappedKeyProvider implements KeyProvider {
  private readonly unwrapped = new Map<string, EncryptionKey>();

  constructor(
    private readonly load: () => Promise<WrappedKeys>,
    private readonly unwrap: (wrapped: Uint8Array) => Promise<Uint8Array>,
  ) {}

  async primary(): Promise<string> {
    return (await this.load()).primary;
  }

  async keys(): Promise<readonly EncryptionKey[]> {
    const { keys } = await this.load();
    return Promise.all(keys.map(({ id, wrapped }) => this.keyOf(id, wrapped)));
  }

  /** Each process calls the KMS once per key, because it is slow and charges per request. */
  private async keyOf(id: string, wrapped: Uint8Array): Promise<EncryptionKey> {
    const name = `${id} ${Buffer.from(wrapped).toString('base64')}`;
    const key = this.unwrapped.get(name) ?? { id, secret: await this.unwrap(wrapped) };
    this.unwrapped.set(name, key);
    return key;
  }
}

/** A key management service in one object: AES key wrap (RFC 3394) under a master key. */
class LocalKms {
  requests = 0;
  private readonly master = randomBytes(32);
  private readonly iv = Buffer.alloc(8, 0xa6);

  generate(): Uint8Array {
    return createCipheriv('id-aes256-wrap', this.master, this.iv).update(randomBytes(32));
  }

  readonly unwrap = (wrapped: Uint8Array): Promise<Uint8Array> => {
    this.requests++;
    return Promise.resolve(createDecipheriv('id-aes256-wrap', this.master, this.iv).update(wrapped));
  };
}

describe('wrapped data keys as the keys of a cipher', () => {
  const HEADER = Buffer.from('c152010002000100', 'hex');
  const AT = { key: 'app:user:1' };

  it('seal in one process and open in another during a rotation', async () => {
    const kms = new LocalKms();
    const clock = { nowMs: 0, monotonicMs: () => clock.nowMs, wallMs: () => 0 };
    let file: WrappedKeys = { primary: '2026-01', keys: [{ id: '2026-01', wrapped: kms.generate() }] };
    const [writer, reader] = [1, 2].map(() => {
      const provider = new WrappedKeyProvider(() => Promise.resolve(file), kms.unwrap);
      return createCipher(resolveEncryptionOptions({ provider }), clock);
    }) as [ReturnType<typeof createCipher>, ReturnType<typeof createCipher>];

    const before = await writer.seal(HEADER, AT, Buffer.from('January'));
    expect((await reader.open(HEADER, AT, before)).toString()).toBe('January');

    file = { primary: '2026-02', keys: [...file.keys, { id: '2026-02', wrapped: kms.generate() }] };
    clock.nowMs += 60 * 60 * 1000;
    const after = await writer.seal(HEADER, AT, Buffer.from('February'));
    expect(await writer.isOutdated(before)).toBe(true);
    // The reader has not looked yet: the unknown key makes it.
    expect((await reader.open(HEADER, AT, after)).toString()).toBe('February');
    expect((await reader.open(HEADER, AT, before)).toString()).toBe('January');
    expect(kms.requests).toBe(4);
  });
});
