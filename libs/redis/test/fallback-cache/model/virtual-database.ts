import type { NamespaceName } from '../../cache-engine/histories/history-plan.js';

/** A value of a history: the version of a row, and what produced it. */
export interface RowValue {
  readonly version: number;
  /** The number of the load or `set` that produced the value. */
  readonly id: number;
}

/** The database behind the cache: a version for each row. */
export class VirtualDatabase {
  private readonly versions = new Map<string, number>();

  version(row: string): number {
    return this.versions.get(row) ?? 0;
  }

  /** Changes a row and returns its version. */
  change(row: string): number {
    const version = this.version(row) + 1;
    this.versions.set(row, version);
    return version;
  }
}

/** The name of a row: it has the same key as its value in the cache. */
export function rowOf(namespace: NamespaceName, key: string): string {
  return `${namespace}:${key}`;
}
