import { SLOT_COUNT } from '../../../domain/placement/slots.js';

/** The owner of each slot at one moment, as `host:port`; undefined for a slot without a known owner. */
export class SlotOwners {
  private constructor(private readonly owners: readonly (string | undefined)[]) {}

  /** From the list of ioredis, which contains for each slot its master, followed by its replicas. */
  static from(slots: readonly (readonly string[] | undefined)[]): SlotOwners {
    return new SlotOwners(Array.from({ length: SLOT_COUNT }, (_, slot) => slots[slot]?.[0]));
  }

  /** The nodes that own slots, in the order of their lowest slot. */
  get masters(): string[] {
    return [...new Set(this.owners)].filter((owner) => owner !== undefined);
  }

  /** Whether each slot has the same owner. */
  isSame(other: SlotOwners): boolean {
    return this.owners.every((owner, slot) => owner === other.of(slot));
  }

  of(slot: number): string | undefined {
    return this.owners[slot];
  }
}
