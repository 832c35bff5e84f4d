import type { NodeGuard } from './node-guard.js';

/**
 * In front of which node the queued commands of a slot wait. A slot may move while they do; later commands of the slot go behind them,
 * not to the new owner, so that calls on a key keep their order.
 */
export class QueuedSlots {
  private readonly slots = new Map<number, { readonly guard: NodeGuard; commands: number }>();

  get isEmpty(): boolean {
    return this.slots.size === 0;
  }

  guardOf(slot: number): NodeGuard | undefined {
    return this.slots.get(slot)?.guard;
  }

  /** A command of the slot waits there; it is over when the function that this returns is called. */
  add(slot: number, guard: NodeGuard): () => void {
    const { slots } = this;
    const queued = slots.get(slot) ?? { guard, commands: 0 };
    slots.set(slot, queued);
    queued.commands++;
    return () => {
      if (--queued.commands === 0) slots.delete(slot);
    };
  }
}
