import type { NamespaceName } from '../../cache-engine/histories/history-plan.js';

/** The tags of the values of a key, in each namespace. */
export const TAGS_OF: Readonly<Record<string, readonly string[]>> = { a: ['red'], b: ['red', 'blue'], c: ['blue'] };

interface OnKey {
  readonly key: string;
  readonly namespace: NamespaceName;
}

/** A call of the cache. Every change first changes the rows of the database that it concerns. */
export type PlannedCall =
  /** The loader reads the database in the middle of its time. */
  | (OnKey & { readonly kind: 'getOrSet'; readonly loadMs: number })
  | (OnKey & { readonly kind: 'get' | 'delete' })
  /** Stores the new version of the row: with tags, or as a plain value. */
  | (OnKey & { readonly kind: 'set'; readonly isPlain: boolean })
  | { readonly kind: 'invalidateTags'; readonly namespace: NamespaceName; readonly tag: string }
  | { readonly kind: 'flush'; readonly namespace: NamespaceName; readonly wait: boolean };

/** A fault. Each heals by itself after `ms`. */
export type PlannedFault =
  /** The process loses its connection, and cannot connect for `ms`. What it has sent arrives `lateMs` later. */
  | { readonly kind: 'drop'; readonly ms: number; readonly lateMs: number; readonly isReplaced: boolean }
  /** Nothing passes between the process and the server. */
  | { readonly kind: 'partition'; readonly ms: number; readonly lateMs: number }
  /** Nothing passes between any process and the server. */
  | { readonly kind: 'outage'; readonly ms: number; readonly lateMs: number }
  /** The server executes nothing, as after SIGSTOP. */
  | { readonly kind: 'freeze'; readonly ms: number }
  /** The server restarts after `ms`, without the changes of the last `lostMs`. */
  | { readonly kind: 'restart'; readonly ms: number; readonly lostMs: number }
  /** The server ends, and a replica without the changes of the last `lostMs` replaces it after `ms`. */
  | {
      readonly kind: 'promotion';
      readonly ms: number;
      readonly lostMs: number;
      readonly isReplaced: boolean;
      readonly clockSkewMs: number;
    }
  | { readonly kind: 'refuseWrites'; readonly ms: number }
  /** The process is killed, and started again after `ms`. */
  | { readonly kind: 'crash'; readonly ms: number }
  /** The process is stopped for a time, as by SIGSTOP. */
  | { readonly kind: 'pause'; readonly ms: number };

/** A call or a fault with its time. `process` is the place of the process in the fleet. */
export type OutageEvent = (PlannedCall | PlannedFault) & { readonly atMs: number; readonly process: number };

/** Everything that determines a history with outages, except the engine. */
export interface OutagePlan {
  readonly seed: number;
  readonly index: number;
  /** Selects one of the orders in which the steps of this history may run. 0 unless the history was shrunk. */
  readonly order: number;
  readonly processes: number;
  readonly durability: 'memory' | 'file';
  readonly maxStaleMs: number;
  readonly journalLimit: number;
  readonly events: readonly OutageEvent[];
}

/** True for an event that is a call of the cache. */
export function isCall(event: OutageEvent): event is OutageEvent & PlannedCall {
  return 'namespace' in event;
}
