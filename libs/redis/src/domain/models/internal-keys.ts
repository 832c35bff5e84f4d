import { SLOT_COUNT, slotOf, textOfEachSlot } from '../placement/slots.js';
import type { VersionScope } from '../entry-store.js';

/** The key of the stamp of a shard, after the store's prefix. */
export const STAMP_KEY = '~shard';
/** The key of the processes that use a shard while keys move, after the store's prefix. */
export const PROCESSES_KEY = '~shard-processes';
/** The keys that describe a shard. Every removal of all keys spares them, and no scan of the shards returns them. */
export const SHARD_KEYS: readonly string[] = [STAMP_KEY, PROCESSES_KEY];

/** The beginning of the name of a lease, up to its hash tag. */
const LEASE = '~l:{';
/** The beginning of the name of a lock of the fleet. */
export const LOCK_NAME = '~lock:';
/** The beginning of the names of the keys in which a cleanup keeps where it continues. */
const CLEANUP_NAME = '~cleanup:';
/** The beginnings of the names of all internal keys that belong to no shard alone. */
const NAMES = [LEASE, '~v:{', '~t:{', '~e:{', LOCK_NAME, CLEANUP_NAME];
/** The beginnings of the names of internal keys that always expire, with what they are for. */
const EXPIRING: readonly (readonly [prefix: string, kind: ExpiringKind])[] = [
  [LEASE, 'lease'],
  [LOCK_NAME, 'lock'],
  [CLEANUP_NAME, 'progress'],
  ['{rl:', 'limit'],
];

/** What an internal key that expires is for: a load, a lock of the fleet, a cleanup, or the counts of a rate limiter. */
export type ExpiringKind = 'lease' | 'lock' | 'progress' | 'limit';

/** What an internal key is for that always expires; undefined for every other key. */
export function expiringKindOf(key: string): ExpiringKind | undefined {
  return EXPIRING.find(([prefix]) => key.startsWith(prefix))?.[1];
}

/** The key in which a cleanup keeps where it continues, after the store's prefix. */
export function cleanupKey(kind: 'dry' | 'real'): string {
  return CLEANUP_NAME + kind;
}

/** The namespace whose versions a key holds, after the store's prefix, for example `cache:users::`. Undefined for other keys. */
export function versionedPrefixOf(key: string): string | undefined {
  const match = /^~v:\{([^}]*)\}(.*)$/s.exec(key);
  return match === null ? undefined : `${match[1]}${match[2]}`;
}

/** The key of a lock of the fleet, after the store's prefix. */
export function lockKey(name: string): string {
  return LOCK_NAME + name;
}

/** Whether a key is not a value but is kept beside values. The key is without the store's prefix. */
export function isInternalKey(key: string): boolean {
  return SHARD_KEYS.includes(key) || NAMES.some((name) => key.startsWith(name));
}

/**
 * The names of the keys that the cache engine keeps beside the values. They begin with `~`, after the store's prefix, so
 * no key of a namespace can be one of them: names of namespaces contain no `~`. The slot of a key is that of its first
 * braces, so in a prefix such as `{}app:`, whose first braces are empty, the names come before the prefix.
 */
export class InternalKeys {
  /** One text for each slot, in braces: a lease key with it is on the node of its value key. Created on first use. */
  private tags: readonly string[] | undefined;
  private readonly isNameFirst: boolean;

  constructor(private readonly prefix: string) {
    this.isNameFirst = prefix.startsWith('{}', prefix.indexOf('{'));
  }

  /** The channel on which the end of a lease is published. */
  get settledChannel(): string {
    return this.named('~done', '');
  }

  /** The key of the lease of a value key. Both are full keys, of the same slot. */
  lease(fullKey: string): string {
    this.tags ??= this.tagOfEachSlot();
    return this.leaseOf(this.tags[slotOf(fullKey)] ?? '', fullKey.slice(this.prefix.length));
  }

  /** The keys of the flush versions of a scope, the root first. They are of one slot. */
  floors({ prefixes }: VersionScope): string[] {
    return prefixes.map((prefix) => this.versionKey('v', prefix));
  }

  /** The key of the tag versions of the own namespace, in the slot of `floors`. */
  tagVersions({ prefixes }: VersionScope): string {
    return this.versionKey('t', prefixes.at(-1) ?? '');
  }

  /** The key of the events for which the floor of the own namespace was raised, in the slot of `floors`. */
  floorEvents({ prefixes }: VersionScope): string {
    return this.versionKey('e', prefixes.at(-1) ?? '');
  }

  /** The beginnings of all version keys of a root. */
  versionPrefixes(rootPrefix: string): readonly [string, string] {
    return [this.versionKey('v', rootPrefix), this.versionKey('t', rootPrefix)];
  }

  /** Of `cache:users::` it is `~v:{cache:}users::`: the root is the hash tag. */
  private versionKey(kind: 'v' | 't' | 'e', prefix: string): string {
    const end = prefix.indexOf(':') + 1;
    return this.named(`~${kind}:{${prefix.slice(0, end)}}`, prefix.slice(end));
  }

  private leaseOf(tag: string, key: string): string {
    return this.named(`${LEASE}${tag}}:`, key);
  }

  private named(name: string, rest: string): string {
    return (this.isNameFirst ? name + this.prefix : this.prefix + name) + rest;
  }

  /** Short texts, one for each slot: a lease key with it in braces is in that slot. */
  private tagOfEachSlot(): readonly string[] {
    const isOneSlot = slotOf(this.leaseOf('a', '')) === slotOf(this.leaseOf('b', ''));
    // The prefix contains a hash tag, so all its keys are of one slot, and any text will do.
    if (isOneSlot) return Array.from({ length: SLOT_COUNT }, () => '0');
    const name = this.leaseOf('', '');
    // The prefix may contain an opening brace: the hash tag begins there.
    return textOfEachSlot(name.slice(name.indexOf('{') + 1, name.indexOf(LEASE) + LEASE.length));
  }
}
