import type { EntryTimes } from '../engines/engine-under-test.js';

/** The namespaces of a history: the root, and one inside it. */
export type NamespaceName = 'root' | 'users';

/** The prefix of the keys of a namespace in the store. */
export const PREFIXES: Readonly<Record<NamespaceName, string>> = { root: 'cache:', users: 'cache:users::' };

/** What a loader does. */
export interface PlannedLoad {
  readonly result: 'value' | 'failure' | 'undefined' | 'null' | 'skip';
  readonly ms: number;
  readonly tags: readonly string[];
  /** The loader declares its tags with `ctx.tag()` and not by the option. */
  readonly tagsItself: boolean;
}

interface OnKey {
  readonly key: string;
  readonly namespace: NamespaceName;
}

/** Something that happens in a history. */
export type PlannedAction =
  | (OnKey & { readonly kind: 'getOrSet'; readonly load: PlannedLoad })
  | (OnKey & { readonly kind: 'get' | 'delete' | 'incr' })
  | (OnKey & { readonly kind: 'set'; readonly tags: readonly string[] | undefined })
  | {
      readonly kind: 'invalidateTags';
      readonly namespace: NamespaceName;
      readonly tags: readonly string[];
      readonly keepForErrors: boolean;
    }
  | { readonly kind: 'flush'; readonly namespace: NamespaceName; readonly wait: boolean }
  /** Another program writes the key, without this library. */
  | (OnKey & { readonly kind: 'foreignWrite' })
  | { readonly kind: 'pause' | 'feedGap' | 'serverDown'; readonly ms: number }
  | { readonly kind: 'clockJump'; readonly ms: number }
  | { readonly kind: 'kill' | 'disconnect' | 'dataLoss' };

/** An action with its time and its process. */
export type PlannedEvent = PlannedAction & { readonly atMs: number; readonly process: number };

/** Everything that determines a history, except the engine. */
export interface HistoryPlan {
  readonly seed: number;
  readonly index: number;
  /** Selects one of the orders in which the steps of this history may run. 0 unless the history was shrunk. */
  readonly order: number;
  /** Which processes keep near copies. */
  readonly nearProcesses: readonly boolean[];
  readonly times: EntryTimes;
  /** On average one of this many calls is lost; 0 means that none is. */
  readonly lossOnceIn: number;
  readonly events: readonly PlannedEvent[];
}
