import type { ScopeVersions, VersionScope } from '../../../../domain/entry-store.js';
import type { InternalKeys } from '../../../../domain/models/internal-keys.js';

/** The numbers of one table, in the order in which they are stored. */
interface Table {
  readonly floor: number;
  /** The floor up to which invalidated keys are removed. Negative if the sweep keeps counters and hashes. */
  readonly swept: number;
  readonly tagged: number;
  /** Only the table of the root has it. */
  readonly clock: number;
}

/**
 * The version tables of one scope: the names of their keys, and their contents. The versions are computed again only if
 * the stored bytes change.
 */
export class ScopeTables {
  /** The keys of the tables, the root first. */
  readonly floors: readonly string[];
  /** The key of the tag versions of the own namespace. */
  readonly tags: string;
  /** The key of the events for which the floor of the own namespace was raised. */
  readonly events: string;
  /** The keys of all tables, then those of the tag versions of each. */
  readonly keys: readonly string[];
  private bytes: readonly Buffer[] = [];
  private latest: ScopeVersions | undefined = undefined;

  constructor(keys: InternalKeys, scope: VersionScope) {
    const [root, ...others] = scope.prefixes;
    this.floors = keys.floors(scope);
    this.tags = keys.tagVersions(scope);
    this.events = keys.floorEvents(scope);
    const tags = this.floors.map((_, i) => keys.tagVersions({ prefixes: [root, ...others.slice(0, i)] }));
    this.keys = [...this.floors, ...tags];
  }

  /** The first key, which selects the connection. */
  get key(): string {
    return this.floors[0] ?? '';
  }

  /** The key of the own table. */
  get own(): string {
    return this.floors.at(-1) ?? '';
  }

  /** Reads the tables; undefined if one is missing or damaged. */
  read(records: readonly (Buffer | undefined)[]): ScopeVersions | undefined {
    if (this.latest !== undefined && this.bytes.every((bytes, i) => records[i]?.equals(bytes))) return this.latest;
    const found = records.flatMap((bytes) => bytes ?? []);
    const tables = found.flatMap((bytes, i) => tableOf(bytes, i === 0) ?? []);
    if (tables.length < this.floors.length) return undefined;
    // Copies, because a reply may be a part of a larger buffer.
    this.bytes = found.map((bytes) => Buffer.from(bytes));
    return (this.latest = Object.freeze(versionsOf(tables)));
  }
}

function versionsOf(tables: readonly Table[]): ScopeVersions {
  return {
    clock: tables[0]?.clock ?? 0,
    floor: Math.max(...tables.map(({ floor }) => floor)),
    tagged: tables.at(-1)?.tagged ?? 0,
    isSweeping: tables.some(({ floor, swept }) => swept < floor),
  };
}

function tableOf(bytes: Buffer, isRoot: boolean): Table | undefined {
  const [floor, swept, tagged, clock = Number.NaN] = bytes.toString('latin1').split(' ').map(Number);
  if (floor === undefined || swept === undefined || tagged === undefined) return undefined;
  const numbers = isRoot ? [floor, swept, tagged, clock] : [floor, swept, tagged];
  return numbers.every(Number.isSafeInteger) ? { floor, swept, tagged, clock } : undefined;
}
