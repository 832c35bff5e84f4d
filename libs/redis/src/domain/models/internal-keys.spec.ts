import { describe, expect, it } from 'vitest';
import { slotOf } from '../placement/slots.js';
import { InternalKeys } from './internal-keys.js';

describe('InternalKeys', () => {
  it.each(['', 'app:', '{app}:', 'a{b:', 'a}b:', 'a}b{c:', 'a}b{c}:', '{}x:'])(
    'puts the lease of a key in the slot of the key with the prefix %j',
    (prefix) => {
      const keys = new InternalKeys(prefix);
      for (const key of ['cache:a', 'cache:{tag}:b', 'cache:{', 'cache:}', 'cache:{}{x}', 'cache:ü']) {
        const full = prefix + key;
        expect(slotOf(keys.lease(full))).toBe(slotOf(full));
        expect(keys.lease(full)).toContain('~l:{');
      }
    },
  );

  it('never gives two keys the same lease', () => {
    const keys = new InternalKeys('app:');
    const leases = Array.from({ length: 5000 }, (_, i) => keys.lease(`app:cache:${i}`));
    expect(new Set(leases).size).toBe(5000);
  });

  it('keeps the versions of a root and of its namespaces in one slot, and apart from other roots', () => {
    const keys = new InternalKeys('app:');
    const scope = { prefixes: ['cache:', 'cache:users::', 'cache:users::eu::'] } as const;
    const names = [...keys.floors(scope), keys.tagVersions(scope)];
    expect(names).toEqual([
      'app:~v:{cache:}',
      'app:~v:{cache:}users::',
      'app:~v:{cache:}users::eu::',
      'app:~t:{cache:}users::eu::',
    ]);
    expect(keys.floorEvents(scope)).toBe('app:~e:{cache:}users::eu::');
    expect(new Set([...names, keys.floorEvents(scope)].map((name) => slotOf(name))).size).toBe(1);
    expect(names.every((name) => keys.versionPrefixes('cache:').some((prefix) => name.startsWith(prefix)))).toBe(true);
    expect(keys.versionPrefixes('cache2:').some((prefix) => names[0]?.startsWith(prefix))).toBe(false);
  });
});
