/** The items in groups, in the order they came, and the groups in the order of their first items. */
export function groupBy<T, G>(items: readonly T[], groupOf: (item: T) => G): T[][] {
  const groups = new Map<G, T[]>();
  for (const item of items) {
    const group = groupOf(item);
    const others = groups.get(group);
    if (others === undefined) groups.set(group, [item]);
    else others.push(item);
  }
  return [...groups.values()];
}
