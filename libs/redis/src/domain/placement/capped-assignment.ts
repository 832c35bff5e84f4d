import { SLOT_COUNT } from './slots.js';

/** A shard in an assignment of slots. */
export interface Candidate {
  /** The cost of each slot at this shard. */
  readonly costs: Int32Array;
  /** The most slots that the shard may own. */
  readonly cap: number;
}

interface Owner {
  readonly cap: number;
  slots: number[];
}

interface Choice {
  readonly at: number;
  readonly total: number;
}

/**
 * Assigns each slot to a candidate, with the least sum of costs that the caps permit. Returns the position of the
 * candidate of each slot. The caps must add up to at least the number of slots.
 *
 * This is an auction. Each slot begins at the candidate with the lowest cost. A candidate above its cap raises its
 * price until as many slots as it may own prefer it to all others; the rest moves to their next choice. Only a
 * candidate that owns as many slots as its cap has a price, which is the condition for the least sum.
 * @see D. P. Bertsekas, "Auction algorithms for network flow problems" (1992)
 */
export function assignWithinCaps(candidates: readonly Candidate[]): Uint16Array {
  const auction = new Auction(candidates);
  auction.run();
  return auction.assigned();
}

class Auction {
  private readonly owners: readonly Owner[];
  /** The costs of a slot are next to each other, because they are read together. */
  private readonly costs: Int32Array;
  /**
   * Added to the costs of a candidate. It rises while the candidate is the cheapest for more slots than its cap. Prices
   * are whole numbers.
   */
  private readonly prices: Float64Array;

  constructor(candidates: readonly Candidate[]) {
    this.owners = candidates.map(({ cap }) => ({ cap, slots: [] }));
    this.prices = new Float64Array(candidates.length);
    this.costs = new Int32Array(candidates.length * SLOT_COUNT);
    for (const [at, { costs }] of candidates.entries())
      for (const [slot, cost] of costs.entries()) this.costs[slot * candidates.length + at] = cost;
  }

  run(): void {
    for (let slot = 0; slot < SLOT_COUNT; slot++) this.owners[this.cheapest(slot).at]?.slots.push(slot);
    while (this.owners.some(isOverCap)) {
      for (const [at, owner] of this.owners.entries()) if (isOverCap(owner)) this.releaseExcess(owner, at);
    }
  }

  assigned(): Uint16Array {
    const assigned = new Uint16Array(SLOT_COUNT);
    for (const [at, { slots }] of this.owners.entries()) for (const slot of slots) assigned[slot] = at;
    return assigned;
  }

  /** Moves the slots that lose least by it, and raises the price so that the others just prefer to stay. */
  private releaseExcess(owner: Owner, at: number): void {
    const options = owner.slots.map((slot) => {
      const next = this.cheapest(slot, at);
      return { slot, next: next.at, loss: next.total - this.totalCost(slot, at) };
    });
    options.sort((a, b) => a.loss - b.loss || a.slot - b.slot);
    const excess = options.splice(0, owner.slots.length - owner.cap);
    for (const { slot, next } of excess) this.owners[next]?.slots.push(slot);
    owner.slots = options.map(({ slot }) => slot);
    // At least 1: with equal costs, two candidates would pass a slot to each other forever.
    this.prices[at] = (this.prices[at] ?? 0) + Math.max(options[0]?.loss ?? 0, 1);
  }

  private cheapest(slot: number, except?: number): Choice {
    let at = -1;
    let total = Infinity;
    for (let each = 0; each < this.owners.length; each++) {
      const cost = this.totalCost(slot, each);
      if (cost < total && each !== except) {
        total = cost;
        at = each;
      }
    }
    return { at, total };
  }

  private totalCost(slot: number, at: number): number {
    return (this.costs[slot * this.owners.length + at] ?? Infinity) + (this.prices[at] ?? 0);
  }
}

function isOverCap({ slots, cap }: Owner): boolean {
  return slots.length > cap;
}
