const NAMESPACE = /[\w.-]{1,64}::/y;

/** The beginning of keys of which some are escaped and others are not. */
const MAY_BECOME_AMBIGUOUS = /^[\w.-]{0,64}:?$/;

/** A stored key, taken apart. */
export interface StoredKeyParts {
  /** The prefix of the innermost namespace. */
  readonly prefix: string;
  /** The key in that namespace, as the caller gave it. */
  readonly key: string;
}

/**
 * Returns the key in the store, unique for each namespace and key. A key that looks like one of a namespace inside this
 * one is escaped with a leading colon.
 * @see docs/decisions/0027-how-a-namespace-prefixes-its-keys.md
 */
export function storedKey(prefix: string, key: string): string {
  return isAmbiguous(key) ? `${prefix}:${key}` : prefix + key;
}

/** The key of the namespace with this prefix; undefined if it is a key of a namespace inside that one. */
export function keyIn(prefix: string, stored: string): string | undefined {
  const rest = stored.slice(prefix.length);
  if (rest.startsWith(':')) return rest.slice(1);
  return isAmbiguous(rest) ? undefined : rest;
}

/** Finds the namespace of a stored key, and its key in there. `rootPrefix` is the prefix of the root namespace. */
export function splitStoredKey(rootPrefix: string, stored: string): StoredKeyParts {
  let end = rootPrefix.length;
  NAMESPACE.lastIndex = end;
  while (NAMESPACE.test(stored)) end = NAMESPACE.lastIndex;
  return {
    prefix: end === rootPrefix.length ? rootPrefix : stored.slice(0, end),
    key: stored.slice(stored[end] === ':' ? end + 1 : end),
  };
}

/** The longest text that all stored keys begin with whose keys begin with `beginning`. */
export function storedPrefix(prefix: string, beginning: string): string {
  if (isAmbiguous(beginning)) return storedKey(prefix, beginning);
  return MAY_BECOME_AMBIGUOUS.test(beginning) ? prefix : prefix + beginning;
}

/** After a prefix, the key could be read as a key of a namespace, or as an escaped key. */
function isAmbiguous(key: string): boolean {
  if (key[0] === ':') return true;
  if (!key.includes('::')) return false;
  NAMESPACE.lastIndex = 0;
  return NAMESPACE.test(key);
}
