/** One secret that seals and opens values. */
export interface EncryptionKey {
  /** The name of the key in the configuration. It is neither stored nor sent. */
  readonly id: string;
  /**
   * At least 16 bytes, better 32 random bytes. A string is used as its UTF-8 bytes; hex or base64 is not decoded. The
   * cipher keys are derived from the secret.
   */
  readonly secret: string | Uint8Array;
}

/**
 * Returns keys that are not in the configuration, for example from a secret manager or a KMS. It is called on first
 * use, then after some minutes or when a value names an unknown key, never concurrently. If it fails, the last known
 * keys stay in use. It must not read its keys through a store that they encrypt: that is a deadlock.
 */
export interface KeyProvider {
  /** Returns all keys that may open values. Include a retired key until the last value sealed with it is gone. */
  keys(): Promise<readonly EncryptionKey[]>;
  /** Returns the id of the key that seals. Called before `keys()`, so that a rotation between the two calls is safe. */
  primary(): Promise<string>;
}
