import { SLOT_COUNT, slotOf } from '../placement/slots.js';
import type { VersionScope } from '../entry-store.js';

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

  /** The beginnings of all version keys of a root. */
  versionPrefixes(rootPrefix: string): readonly [string, string] {
    return [this.versionKey('v', rootPrefix), this.versionKey('t', rootPrefix)];
  }

  /** Of `cache:users::` it is `~v:{cache:}users::`: the root is the hash tag. */
  private versionKey(kind: 'v' | 't', prefix: string): string {
    const end = prefix.indexOf(':') + 1;
    return this.named(`~${kind}:{${prefix.slice(0, end)}}`, prefix.slice(end));
  }

  private leaseOf(tag: string, key: string): string {
    return this.named(`~l:{${tag}}:`, key);
  }

  private named(name: string, rest: string): string {
    return (this.isNameFirst ? name + this.prefix : this.prefix + name) + rest;
  }

  /**
   * Short texts, one for each slot, by trial. If the prefix contains a hash tag, all its keys are of one slot and any
   * text will do.
   */
  private tagOfEachSlot(): readonly string[] {
    const slotWith = (tag: string): number => slotOf(this.leaseOf(tag, ''));
    if (slotWith('a') === slotWith('b')) return Array.from({ length: SLOT_COUNT }, () => '0');
    const tags: string[] = [];
    for (let number = 0, found = 0; found < SLOT_COUNT; number++) {
      const tag = number.toString(36);
      const slot = slotWith(tag);
      if (tags[slot] !== undefined) continue;
      tags[slot] = tag;
      found++;
    }
    return tags;
  }
}
