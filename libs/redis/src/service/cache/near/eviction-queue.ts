/** An element of an `EvictionQueue`, which links it to its neighbours. */
export interface Queued<E> {
  /** Set by each use. */
  wasUsed: boolean;
  /** The neighbours; undefined at the ends. Only the queue changes them. */
  newer: E | undefined;
  older: E | undefined;
}

/**
 * Decides which element to evict: one that was not used for a long time. Elements stay in the order in which they were
 * added. A hand goes through them from the oldest to the newest one and again from the beginning; it passes those that
 * were used since its last visit. So a use only sets a flag, which costs a hit less than to keep an exact order of uses.
 * @see Zhang et al.: SIEVE is Simpler than LRU: an Efficient Turn-Key Eviction Algorithm for Web Caches, NSDI 2024
 */
export class EvictionQueue<E extends Queued<E>> {
  private newest: E | undefined;
  private oldest: E | undefined;
  private hand: E | undefined;

  add(element: E): void {
    element.older = this.newest;
    if (this.newest === undefined) this.oldest = element;
    else this.newest.newer = element;
    this.newest = element;
  }

  remove(element: E): void {
    const { newer, older } = element;
    if (this.hand === element) this.hand = newer;
    if (newer === undefined) this.newest = older;
    else newer.older = older;
    if (older === undefined) this.oldest = newer;
    else older.newer = newer;
    element.newer = undefined;
    element.older = undefined;
  }

  clear(): void {
    this.newest = undefined;
    this.oldest = undefined;
    this.hand = undefined;
  }

  /** The element to remove next; undefined if there is none. */
  next(): E | undefined {
    let element = this.hand ?? this.oldest;
    while (element?.wasUsed === true) {
      element.wasUsed = false;
      element = element.newer ?? this.oldest;
    }
    this.hand = element;
    return element;
  }
}
