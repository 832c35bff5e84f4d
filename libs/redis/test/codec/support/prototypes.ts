const WATCHED: readonly (readonly [name: string, object: object])[] = [
  ['Object', Object],
  ...[Object, Function, Array, String, Number, Boolean, Symbol, BigInt, Date, RegExp, Map, Set, URL, Promise].map(
    (constructor) => [`${constructor.name}.prototype`, constructor.prototype as object] as const,
  ),
  ...[Error, TypeError, ArrayBuffer, Buffer, Uint8Array, Object.getPrototypeOf(Uint8Array) as typeof Uint8Array].map(
    (constructor) => [`${constructor.name}.prototype`, constructor.prototype as object] as const,
  ),
];

/** The objects that every value inherits from: none of them may ever be handed out as a value. */
export const PROTOTYPES: ReadonlySet<unknown> = new Set(WATCHED.map(([, object]) => object));

/** What has changed on the built-in prototypes since the call: names of members, `Object.prototype.polluted`. */
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

/** Values, and the getters of what has one. */
function membersOf(object: object): Members {
  const members = new Map<string | symbol, unknown>();
  for (const name of Reflect.ownKeys(object)) {
    const descriptor = Reflect.getOwnPropertyDescriptor(object, name);
    members.set(name, descriptor?.get ?? descriptor?.value);
  }
  return members;
}
