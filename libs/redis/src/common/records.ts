/** True for an object whose members may be read: any object or array, but not a function. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** The names of the members of an object with a closed type, for example of a table of options. */
export function namesOf<T extends object>(table: T): readonly Extract<keyof T, string>[] {
  const names: Extract<keyof T, string>[] = [];
  for (const name in table) if (Object.hasOwn(table, name)) names.push(name);
  return names;
}
