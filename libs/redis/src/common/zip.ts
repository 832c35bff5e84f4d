/** Pairs the items of two arrays of the same length. */
export function zip<A, B>(first: readonly A[], second: readonly B[]): (readonly [A, B])[] {
  if (first.length !== second.length) throw new RangeError(`cannot pair ${first.length} items with ${second.length}`);
  return first.map((item, i) => [item, second[i] as B]);
}
