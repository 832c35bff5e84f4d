import type { Clock } from '../../common/clock.js';
import { isSameKeySet, type KeySet } from './key-set.js';
import { RingKey } from './ring-key.js';

/** The keys of one tenant: the primary key, which seals, and all keys that open. */
export class KeyRing {
  readonly primary: RingKey;
  private readonly byKid: ReadonlyMap<number, RingKey>;

  constructor(
    private readonly set: KeySet,
    tenant: string,
    clock: Clock,
  ) {
    const keys = new Map(set.keys.map((key) => [key.kid, new RingKey(key, tenant, clock)]));
    this.byKid = keys;
    this.primary = keys.get(set.primary.kid)!;
  }

  /** Returns the key with this kid, or undefined. */
  find(kid: number): RingKey | undefined {
    return this.byKid.get(kid);
  }

  /** True if the ring was created from the same keys. Then it is kept with its derived subkeys. */
  isOf(set: KeySet): boolean {
    return isSameKeySet(this.set, set);
  }
}
