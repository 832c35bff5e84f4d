/** The members that are not undefined: an option given as undefined is one not given, and must not hide a default. */
export function definedMembers<T extends object>(options: T): Partial<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<T>;
}
