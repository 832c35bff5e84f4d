/** An object with its members, whose values are unknown. */
export type Members = Readonly<Record<string, unknown>>;

/** An object that returns the value to store instead of it, as JSON.stringify calls it. */
interface WithToJSON {
  /** @param name the name or index of the object in its container; '' if it has none */
  toJSON(name: string): unknown;
}

export function hasToJSON(value: Members): value is Members & WithToJSON {
  return typeof value.toJSON === 'function';
}
