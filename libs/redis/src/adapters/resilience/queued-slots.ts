import type { NodeGuard } from './node-guard.js';

/**
 * The guard in whose queue the commands of a slot wait. When the slot moves meanwhile, later commands of the slot
 * queue behind them and not at
 * the new owner, so that calls on a key keep their order.
 */
export class QueuedSlots {
  private readonly slots = new Map<number, { readonly guard: NodeGuard; commands: number }>();

  get isEmpty(): boolean {
    return this.slots.size === 0;
  }

  guardOf(slot: number): NodeGuard | undefined {
    return this.slots.get(slot)?.guard;
  }

  /** Records a queued command of a slot. @returns a function to call when the command has left the queue */
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
