import { SLOT_COUNT } from '../../../domain/placement/slots.js';

/** Who owns which slot, at one moment: the name of a node (`host:port`) for each slot, undefined where nobody is known. */
export class SlotOwners {
  private constructor(private readonly owners: readonly (string | undefined)[]) {}

  /** As ioredis has it: the master of each slot, and after it the replicas. */
  static from(slots: readonly (readonly string[] | undefined)[]): SlotOwners {
    return new SlotOwners(Array.from({ length: SLOT_COUNT }, (_, slot) => slots[slot]?.[0]));
  }

  /** The nodes that own slots, in the order of their first ones. */
  get masters(): string[] {
    return [...new Set(this.owners)].filter((owner) => owner !== undefined);
  }

  of(slot: number): string | undefined {
    return this.owners[slot];
  }
}
