/** One secret that values are sealed with. */
export interface EncryptionKey {
  /** What the key is called in the configuration; it is neither stored nor sent. */
  readonly id: string;
  /**
   * At least 16 bytes, better 32 from a random generator: text is taken as its UTF-8 bytes, decoding nothing. Everything
   * that seals is derived from it, so it is never used as a cipher key itself.
   */
  readonly secret: string | Uint8Array;
}

/**
 * Where keys come from that are not in the configuration: a secret manager, a key management service. It is asked on first
 * use, then once it has been some minutes or a value names an unknown key; never twice at a time. While it fails the keys
 * known go on being used. It must not read its keys through a store that they encrypt: it would wait for itself.
 */
export interface KeyProvider {
  /** All keys that values may be sealed with, retired ones included until the last such value is gone. */
  keys(): Promise<readonly EncryptionKey[]>;
  /** The id of the key that seals from now on. Asked before `keys()`, so that a rotation between the two does no harm. */
  primary(): Promise<string>;
}
