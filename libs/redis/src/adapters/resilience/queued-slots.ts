import type { NodeGuard } from './node-guard.js';

/**
 * The guard in whose queue the commands of a slot wait. When the slot moves meanwhile, later commands of the slot queue
 * behind them and not at the new owner, so that calls on a key keep their order.
 */
export class QueuedSlots {
  private readonly slots = new Map<number, { readonly guard: NodeGuard; commands: number }>();

  get isEmpty(): boolean {
    return this.slots.size === 0;
  }

  guardOf(slot: number): NodeGuard | undefined {
    return this.slots.get(slot)?.guard;
  }

  /** Records that a command of a slot waits in the queue of a guard. */
  add(slot: number, guard: NodeGuard): void {
    const queued = this.slots.get(slot);
    if (queued === undefined) this.slots.set(slot, { guard, commands: 1 });
    else queued.commands++;
  }

  /** Records that a command of a slot has left the queue. */
  remove(slot: number): void {
    const queued = this.slots.get(slot);
    if (queued !== undefined && --queued.commands === 0) this.slots.delete(slot);
  }
}
