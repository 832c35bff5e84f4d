import type { Clock } from '../../common/clock.js';
import { isSameKeySet, type KeySet } from './key-set.js';
import { RingKey } from './ring-key.js';

/** The keys of one tenant: the one that seals, and all that open. */
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

  find(kid: number): RingKey | undefined {
    return this.byKid.get(kid);
  }

  /** True if it was made of the same keys: then it can stay, with the subkeys it has. */
  isOf(set: KeySet): boolean {
    return isSameKeySet(this.set, set);
  }
}
