import type { ScopeVersions, TagVersion, VersionScope } from '../../../src/domain/entry-store.js';

interface Table {
  floor: number;
  swept: number;
  tagged: number;
  /** The sweep of the floor keeps counters. */
  keepsData: boolean;
  readonly events: Set<string>;
  readonly tags: Map<string, { removed: number; stale: number }>;
}

/** The versions at a moment. */
export interface TablesState {
  readonly tables: ReadonlyMap<string, Table>;
  readonly clocks: ReadonlyMap<string, number>;
}

/** The version tables of the model store. */
export class ModelTables {
  private readonly tables = new Map<string, Table>();
  private readonly clocks = new Map<string, number>();

  constructor(private readonly nowMs: () => number) {}

  versions(scope: VersionScope): ScopeVersions {
    const tables = scope.prefixes.map((prefix) => this.table(scope, prefix));
    return {
      clock: this.clocks.get(scope.prefixes[0]) ?? 0,
      floor: Math.max(...tables.map(({ floor }) => floor)),
      tagged: this.own(scope).tagged,
      isSweeping: tables.some(({ swept, floor }) => swept < floor),
    };
  }

  tagVersions(scope: VersionScope, tags: readonly string[]): readonly TagVersion[] {
    const { floor } = this.versions(scope);
    const own = this.own(scope);
    return tags.map((tag) => {
      const { removed, stale } = own.tags.get(tag) ?? { removed: 0, stale: 0 };
      return { removed: Math.max(removed, floor), stale };
    });
  }

  raiseFloor(scope: VersionScope, seen: number): ScopeVersions {
    this.versions(scope);
    const own = this.own(scope);
    own.floor = this.issue(scope, seen);
    own.keepsData = false;
    own.tags.clear();
    return this.versions(scope);
  }

  /** Like `raiseFloor`, once for each event. Undefined if the floor was raised for the event before. */
  raiseFloorOnce(scope: VersionScope, event: string, seen: number): ScopeVersions | undefined {
    const own = this.own(scope);
    if (own.events.has(event)) return undefined;
    own.events.add(event);
    const versions = this.raiseFloor(scope, seen);
    own.keepsData = true;
    return versions;
  }

  /** Whether the sweep of this floor keeps counters. */
  keepsData(scope: VersionScope, floor: number): boolean {
    const own = this.own(scope);
    return own.keepsData && own.floor === floor;
  }

  invalidateTags(
    scope: VersionScope,
    tags: readonly string[],
    { keepForErrors, seen }: { readonly keepForErrors: boolean; readonly seen: number },
  ): ScopeVersions {
    this.versions(scope);
    const own = this.own(scope);
    const version = this.issue(scope, seen);
    for (const tag of tags) {
      const last = own.tags.get(tag) ?? { removed: 0, stale: 0 };
      own.tags.set(tag, keepForErrors ? { ...last, stale: version } : { ...last, removed: version });
    }
    own.tagged = version;
    return this.versions(scope);
  }

  endSweep(scope: VersionScope, floor: number): void {
    const own = this.own(scope);
    own.swept = Math.max(own.swept, floor);
  }

  /** A copy of all versions. */
  copy(): TablesState {
    const copied = [...this.tables].map(([prefix, table]) => [prefix, copyOf(table)] as const);
    return { tables: new Map(copied), clocks: new Map(this.clocks) };
  }

  /** Replaces all versions. */
  restore({ tables, clocks }: TablesState): void {
    this.clear();
    for (const [prefix, table] of tables) this.tables.set(prefix, copyOf(table));
    for (const [root, clock] of clocks) this.clocks.set(root, clock);
  }

  clear(): void {
    this.tables.clear();
    this.clocks.clear();
  }

  private own(scope: VersionScope): Table {
    return this.table(scope, scope.prefixes.at(-1) ?? '');
  }

  private table(scope: VersionScope, prefix: string): Table {
    const known = this.tables.get(prefix);
    if (known !== undefined) return known;
    const version = this.issue(scope, 0);
    const table = {
      floor: version,
      swept: version,
      tagged: 0,
      keepsData: false,
      events: new Set<string>(),
      tags: new Map(),
    };
    this.tables.set(prefix, table);
    return table;
  }

  private issue({ prefixes }: VersionScope, seen: number): number {
    const version = Math.max((this.clocks.get(prefixes[0]) ?? 0) + 1, this.nowMs(), seen + 1);
    this.clocks.set(prefixes[0], version);
    return version;
  }
}

function copyOf(table: Table): Table {
  return { ...table, events: new Set(table.events), tags: new Map(table.tags) };
}
