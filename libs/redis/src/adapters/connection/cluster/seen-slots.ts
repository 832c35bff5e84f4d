import { SLOT_COUNT } from '../../../domain/placement/slots.js';
import type { SlotOwners } from './slot-owners.js';

/**
 * The slots that a scan has visited, each with its node. A slot that has moved to another node has to be visited again.
 */
export class SeenSlots {
  private readonly seenAt: (string | undefined)[] = [];

  /** Marks the slots of a node as visited. `owners` are the owners when the visit began. */
  add(node: string, owners: SlotOwners): void {
    for (let slot = 0; slot < SLOT_COUNT; slot++) if (owners.of(slot) === node) this.seenAt[slot] = node;
  }

  /** The first node with a slot that was not visited there; undefined when all were visited. */
  nextIn(owners: SlotOwners): string | undefined {
    for (let slot = 0; slot < SLOT_COUNT; slot++) {
      const owner = owners.of(slot);
      if (owner !== undefined && owner !== this.seenAt[slot]) return owner;
    }
    return undefined;
  }
}
