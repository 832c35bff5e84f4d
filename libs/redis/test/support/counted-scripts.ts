import type { CacheStore, ScriptHost } from '../../src/domain/cache-store.js';

/** A store that counts its script runs and calls `before` ahead of each. */
export class CountedScripts {
  runs = 0;
  /** The keys of each run. */
  readonly keys: (readonly string[])[] = [];
  /** Called before each run. If it throws, the run rejects with that error. */
  before: () => Promise<void> | void = () => {};
  readonly store: CacheStore;

  constructor(store: CacheStore) {
    const scripts = store.can?.scripts as ScriptHost;
    const counted: ScriptHost = {
      ...(scripts.groupOf === undefined ? {} : { groupOf: (key: string) => scripts.groupOf?.(key) ?? 0 }),
      run: async (script, keys, args, call) => {
        this.runs++;
        this.keys.push(keys);
        await this.before();
        return scripts.run(script, keys, args, call);
      },
    };
    this.store = Object.create(store, { can: { value: { scripts: counted } } });
  }
}
