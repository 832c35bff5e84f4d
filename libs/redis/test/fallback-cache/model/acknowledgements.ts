import type { Moment } from '../../cache-engine/histories/recorder.js';
import type { EntryStore, VersionScope } from '../../../src/domain/entry-store.js';

/** A change that the server has confirmed. */
export interface Acknowledgement {
  readonly change:
    | { readonly kind: 'keys'; readonly keys: readonly string[] }
    | { readonly kind: 'tags'; readonly prefix: string; readonly tags: readonly string[] }
    | { readonly kind: 'flush'; readonly prefix: string };
  readonly sent: Moment;
  readonly received: Moment;
}

/** Records the changes that the server confirms to a process. Returns the store that the process uses. */
export function recordAcknowledgements(
  entries: EntryStore,
  acknowledgements: Acknowledgement[],
  now: () => Moment,
): EntryStore {
  const recorded = async <T>(change: Acknowledgement['change'], work: () => Promise<T>): Promise<T> => {
    const sent = now();
    const result = await work();
    acknowledgements.push({ change, sent, received: now() });
    return result;
  };
  const own = ({ prefixes }: VersionScope): string => prefixes.at(-1) ?? '';
  const methods: Partial<EntryStore> = {
    write: (key, entry) => recorded({ kind: 'keys', keys: [key] }, () => entries.write(key, entry)),
    writeMany: (all) => recorded({ kind: 'keys', keys: all.map(({ key }) => key) }, () => entries.writeMany(all)),
    remove: (keys) => recorded({ kind: 'keys', keys }, () => entries.remove(keys)),
    raiseFloor: (scope, seen) => recorded({ kind: 'flush', prefix: own(scope) }, () => entries.raiseFloor(scope, seen)),
    raiseFloorOnce: (scope, event, seen) =>
      recorded({ kind: 'flush', prefix: own(scope) }, () => entries.raiseFloorOnce(scope, event, seen)),
    invalidateTags: (scope, tags, options) =>
      recorded({ kind: 'tags', prefix: own(scope), tags }, () => entries.invalidateTags(scope, tags, options)),
  };
  return Object.assign(Object.create(entries) as EntryStore, methods);
}
