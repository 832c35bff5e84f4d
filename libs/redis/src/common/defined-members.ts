/** An object whose members are either missing or defined. */
export type Defined<T> = { [Name in keyof T]?: T[Name] & ({} | null) };

/** The members that are not undefined: an option given as undefined is one not given, and must not hide a default. */
export function definedMembers<T extends object>(options: T): Defined<T> {
  const defined: Defined<T> = {};
  for (const name in options) {
    const value = options[name];
    if (value !== undefined && Object.hasOwn(options, name)) defined[name] = value;
  }
  return defined;
}
