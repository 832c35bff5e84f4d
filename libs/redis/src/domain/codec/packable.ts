const ODD_NAMES: ReadonlySet<string> = new Set(['__proto__', 'toJSON']);

/**
 * What MessagePack carries unchanged of a value that JSON carries: without the members that are undefined, which JSON leaves out
 * as well. Undefined if there is something that it would change: a lone surrogate, for which UTF-8 has no bytes, a member
 * called `__proto__`, which its readers call something else, or one called `toJSON`, which its writers call. It copies only
 * where it leaves something out.
 */
export function packable(value: unknown): unknown {
  if (typeof value === 'string') return value.isWellFormed() ? value : undefined;
  if (typeof value !== 'object' || value === null) return value;
  return Array.isArray(value) ? packableItems(value) : packableMembers(value as Record<string, unknown>);
}

function packableItems(items: readonly unknown[]): unknown {
  let copy: unknown[] | undefined;
  for (let i = 0; i < items.length; i++) {
    const item = packable(items[i]);
    if (item === undefined) return undefined;
    if (item === items[i]) continue;
    copy ??= [...items];
    copy[i] = item;
  }
  return copy ?? items;
}

function packableMembers(members: Record<string, unknown>): unknown {
  let copy: Record<string, unknown> | undefined;
  for (const name of Object.keys(members)) {
    const given = members[name];
    const member = given === undefined || isOdd(name) ? undefined : packable(given);
    if (member === undefined && given !== undefined) return undefined;
    if (member !== undefined && member === given) continue;
    copy ??= { ...members };
    if (member === undefined) delete copy[name];
    else copy[name] = member;
  }
  return copy ?? members;
}

function isOdd(name: string): boolean {
  return ODD_NAMES.has(name) || !name.isWellFormed();
}
