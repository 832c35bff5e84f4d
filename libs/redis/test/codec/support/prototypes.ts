const WATCHED: readonly (readonly [name: string, object: object])[] = [
  ['Object', Object],
  ...[Object, Function, Array, String, Number, Boolean, Symbol, BigInt, Date, RegExp, Map, Set, URL, Promise].map(
    (constructor) => [`${constructor.name}.prototype`, constructor.prototype as object] as const,
  ),
  ...[Error, TypeError, ArrayBuffer, Buffer, Uint8Array, Object.getPrototypeOf(Uint8Array) as typeof Uint8Array].map(
    (constructor) => [`${constructor.name}.prototype`, constructor.prototype as object] as const,
  ),
];

/** The built-in prototypes. None of them may ever be returned as a value. */
export const PROTOTYPES: ReadonlySet<unknown> = new Set(WATCHED.map(([, object]) => object));

/**
 * Returns a function that lists changes of the built-in prototypes since this call, such as
 * `Object.prototype.polluted`.
 */
export function watchPrototypes(): () => string[] {
  const before = WATCHED.map(([, object]) => membersOf(object));
  return () => {
    const changes: string[] = [];
    for (const [i, [name, object]] of WATCHED.entries()) {
      const members = membersOf(object);
      const known = before[i] as Members;
      for (const [member, value] of members) if (known.get(member) !== value) changes.push(`${name}.${String(member)}`);
      for (const member of known.keys()) if (!members.has(member)) changes.push(`${name}.${String(member)}`);
    }
    return changes;
  };
}

type Members = ReadonlyMap<string | symbol, unknown>;

/** The values of members, or their getters. */
function membersOf(object: object): Members {
  const members = new Map<string | symbol, unknown>();
  for (const name of Reflect.ownKeys(object)) {
    const descriptor = Reflect.getOwnPropertyDescriptor(object, name);
    members.set(name, descriptor?.get ?? descriptor?.value);
  }
  return members;
}
