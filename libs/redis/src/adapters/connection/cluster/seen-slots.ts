import { SLOT_COUNT } from '../../../domain/placement/slots.js';
import type { SlotOwners } from './slot-owners.js';

/** Which slots were seen, and at which node: what was seen at one that is not their owner any more has to be seen again. */
export class SeenSlots {
  private readonly seenAt: (string | undefined)[] = [];

  /** A node's slots were seen; `owners` are those of the moment when that began. */
  add(node: string, owners: SlotOwners): void {
    for (let slot = 0; slot < SLOT_COUNT; slot++) if (owners.of(slot) === node) this.seenAt[slot] = node;
  }

  /** The first node with slots that were not seen at it; undefined if all were. */
  nextIn(owners: SlotOwners): string | undefined {
    for (let slot = 0; slot < SLOT_COUNT; slot++) {
      const owner = owners.of(slot);
      if (owner !== undefined && owner !== this.seenAt[slot]) return owner;
    }
    return undefined;
  }
}
