import type { KeyRing } from './key-ring.js';
import type { RingKey } from './ring-key.js';

/** Where the cipher has its keys from: the configuration or a provider. It answers synchronously where it can. */
export interface KeySource {
  /** The key that seals. @throws RedisInfraError CODEC_KEY_PROVIDER */
  sealing(): RingKey | Promise<RingKey>;
  /** The key of that name; undefined if there is none. @throws RedisInfraError CODEC_KEY_PROVIDER */
  opening(kid: number): RingKey | undefined | Promise<RingKey | undefined>;
}

/** The keys of the configuration: they are what they are. */
export class ConfiguredKeys implements KeySource {
  constructor(private readonly ring: KeyRing) {}

  sealing(): RingKey {
    return this.ring.primary;
  }

  opening(kid: number): RingKey | undefined {
    return this.ring.find(kid);
  }
}
