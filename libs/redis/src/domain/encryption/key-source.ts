import type { KeyRing } from './key-ring.js';
import type { RingKey } from './ring-key.js';

/** The source of the cipher's keys: the configuration or a provider. Returns a promise only when it must wait. */
export interface KeySource {
  /** Returns the primary key. @throws RedisInfraError CODEC_KEY_PROVIDER */
  sealing(): RingKey | Promise<RingKey>;
  /** Returns the key with this kid, or undefined. @throws RedisInfraError CODEC_KEY_PROVIDER */
  opening(kid: number): RingKey | undefined | Promise<RingKey | undefined>;
}

/** The keys of the configuration. They never change. */
export class ConfiguredKeys implements KeySource {
  constructor(private readonly ring: KeyRing) {}

  sealing(): RingKey {
    return this.ring.primary;
  }

  opening(kid: number): RingKey | undefined {
    return this.ring.find(kid);
  }
}
