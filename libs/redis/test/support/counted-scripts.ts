import type { CacheStore, ScriptHost } from '../../src/domain/cache-store.js';

/** A store whose runs of scripts are counted, and can be looked at before they are made. */
export class CountedScripts {
  runs = 0;
  /** Keys of each run. */
  readonly keys: (readonly string[])[] = [];
  /** Before each run; what it throws the run rejects with. */
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
    this.store = Object.assign(Object.create(store) as CacheStore, { can: { scripts: counted } });
  }
}
