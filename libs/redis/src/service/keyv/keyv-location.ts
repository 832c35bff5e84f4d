import { RedisInfraError } from '../../common/redis-infra.error.js';
import { checkString, optionInvalid } from '../../common/options.js';

/** Between a namespace and a key. */
const SEPARATOR = '::';
/** In front of a key without a namespace. */
const NO_NAMESPACE = ':';

/**
 * The keys of one Keyv namespace in the store: `<keyPrefix><namespace>::<key>`, and `<keyPrefix>:<key>` without a
 * namespace.
 */
export class KeyvLocation {
  /** The text in front of every key of the namespace. No such text is the beginning of that of another namespace. */
  readonly prefix: string;

  /** @throws RedisInfraError OPTION_INVALID for a namespace that contains `::`, or begins or ends with a colon */
  constructor(keyPrefix: string, namespace: string | undefined) {
    this.prefix = keyPrefix + (namespace === undefined ? NO_NAMESPACE : checkNamespace(namespace) + SEPARATOR);
  }

  /** @throws RedisInfraError KEY_INVALID */
  locate(key: string): string {
    if (typeof key !== 'string') throw new RedisInfraError('KEY_INVALID', `a key must be a string, not ${typeof key}`);
    return this.prefix + key;
  }

  /** The key of Keyv for a key of the store in this namespace. */
  keyOf(located: string): string {
    return located.slice(this.prefix.length);
  }
}

/** Otherwise `clear()` of the namespace `a` would also remove the keys of `a::b`. */
function checkNamespace(namespace: string): string {
  checkString(namespace, 'namespace');
  if (namespace.includes(SEPARATOR) || namespace.startsWith(':') || namespace.endsWith(':')) {
    throw optionInvalid(
      'namespace',
      "must not contain '::', or begin or end with ':', which separates it from its keys",
    );
  }
  return namespace;
}
