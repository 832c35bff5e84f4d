import { InternalKeys } from '../../../domain/models/internal-keys.js';
import type { KeySpace } from '../../calls/key-space.js';

/** The lease of a key, and how its end is announced. */
export interface LeasePlace {
  /** The value key and the lease key. */
  readonly keys: readonly [string, string];
  /** The channel and the message for those who wait for the end of the lease. */
  readonly notice: readonly [string, string];
}

/** The names that belong to the entries of a store. */
export class EntryKeys {
  readonly internal: InternalKeys;
  /** The channel on which the ends of leases are published. */
  readonly channel: string;
  /** The length of the prefix of the store in bytes, as Lua counts. */
  readonly prefixBytes: number;
  private readonly prefixLength: number;

  constructor({ prefix }: KeySpace) {
    this.internal = new InternalKeys(prefix);
    this.channel = this.internal.settledChannel;
    this.prefixBytes = Buffer.byteLength(prefix);
    this.prefixLength = prefix.length;
  }

  /** The lease of a full key. */
  leaseOf(key: string): LeasePlace {
    return { keys: [key, this.internal.lease(key)], notice: [this.channel, this.nameOf(key)] };
  }

  /** A full key without the prefix of the store. */
  nameOf(key: string): string {
    return key.slice(this.prefixLength);
  }
}
