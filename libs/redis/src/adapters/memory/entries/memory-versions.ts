import type { ScopeVersions, TagVersion, VersionScope } from '../../../domain/entry-store.js';
import type { InternalKeys } from '../../../domain/models/internal-keys.js';
import type { MemoryRecords, VersionRecord } from '../memory-records.js';

const NEVER: TagVersion = { removed: 0, stale: 0 };
const UNREAD: ScopeVersions = { clock: 0, floor: 0, tagged: 0, isSweeping: false };

/** How many events a table remembers. */
const MAX_EVENTS = 32;

interface RunningSweep {
  readonly floor: number;
  /** Counters and hashes stay. */
  readonly keepData: boolean;
}

/** A scope that was read before. */
interface KnownScope {
  /** The names of its tables, the root first. */
  readonly names: readonly string[];
  readonly ownName: string;
  readonly ownPrefix: string;
  versions: ScopeVersions;
}

/**
 * The versions of scopes. Every method is one step. A table that was dropped for lack of memory is created again with
 * its flush now, which invalidates the entries of its namespace.
 */
export class MemoryVersions {
  /** The newest version of each root. Outlives the tables, so that a root never issues a version twice. */
  private readonly clocks = new Map<string, number>();
  /** The flush of each namespace whose keys are still being removed. Outlives the tables, which may be dropped. */
  private readonly sweeping = new Map<string, RunningSweep>();
  private readonly known = new WeakMap<VersionScope, KnownScope>();

  constructor(
    private readonly records: MemoryRecords,
    private readonly names: InternalKeys,
    private readonly nowMs: () => number,
  ) {}

  /** The versions of a scope; the same object while they do not change. Creates missing tables. */
  of(scope: VersionScope): ScopeVersions {
    const known = this.know(scope);
    const floors = known.names.map((name) => this.table(name, scope).floor);
    const versions = {
      clock: this.clocks.get(scope.prefixes[0]) ?? 0,
      floor: Math.max(...floors),
      tagged: this.table(known.ownName, scope).tagged,
      isSweeping: scope.prefixes.some((prefix) => this.sweeping.has(prefix)),
    };
    if (!isSame(known.versions, versions)) known.versions = versions;
    return known.versions;
  }

  /** Makes a new version the flush of the own namespace. Its tags need no versions of their own any more. */
  raiseFloor(scope: VersionScope, seen: number, keepData = false): ScopeVersions {
    this.of(scope);
    const { ownName, ownPrefix } = this.know(scope);
    const table = this.table(ownName, scope);
    table.floor = this.issue(scope, seen);
    table.tags.clear();
    this.sweeping.set(ownPrefix, { floor: table.floor, keepData });
    this.records.setVersions(ownName, table);
    return this.of(scope);
  }

  /** Like `raiseFloor`, once for each event. Undefined if the floor was raised for the event before. */
  raiseFloorOnce(scope: VersionScope, event: string, seen: number): ScopeVersions | undefined {
    const table = this.table(this.know(scope).ownName, scope);
    if (table.events.includes(event)) return undefined;
    table.events = [event, ...table.events.slice(0, MAX_EVENTS - 1)];
    return this.raiseFloor(scope, seen, true);
  }

  /** Whether the sweep of this flush keeps counters and hashes. */
  keepsData({ prefixes }: VersionScope, floor: number): boolean {
    const sweep = this.sweeping.get(prefixes.at(-1) ?? prefixes[0]);
    return sweep?.floor === floor && sweep.keepData;
  }

  /** Records a new version for these tags of the own namespace. */
  invalidateTags(scope: VersionScope, tags: readonly string[], kind: keyof TagVersion, seen: number): ScopeVersions {
    this.of(scope);
    const { ownName } = this.know(scope);
    const table = this.table(ownName, scope);
    table.tagged = this.issue(scope, seen);
    for (const tag of tags) table.tags.set(tag, { ...(table.tags.get(tag) ?? NEVER), [kind]: table.tagged });
    this.records.setVersions(ownName, table);
    return this.of(scope);
  }

  ofTags(scope: VersionScope, tags: readonly string[]): readonly TagVersion[] {
    const { floor, tags: versions } = this.table(this.know(scope).ownName, scope);
    return tags.map((tag) => {
      const { removed, stale } = versions.get(tag) ?? NEVER;
      return { removed: Math.max(removed, floor), stale };
    });
  }

  /** The keys that this flush invalidated are removed. */
  endSweep(scope: VersionScope, floor: number): void {
    const { ownName, ownPrefix } = this.know(scope);
    if ((this.sweeping.get(ownPrefix)?.floor ?? Infinity) > floor) return;
    this.sweeping.delete(ownPrefix);
    this.records.setVersions(ownName, this.table(ownName, scope));
  }

  private table(name: string, scope: VersionScope): VersionRecord {
    const existing = this.records.versionsAt(name);
    if (existing !== undefined) return existing;
    const table = { floor: this.issue(scope, 0), tagged: 0, tags: new Map<string, TagVersion>(), events: [] };
    this.records.setVersions(name, table);
    return table;
  }

  private issue({ prefixes: [root] }: VersionScope, seen: number): number {
    const version = Math.max((this.clocks.get(root) ?? 0) + 1, this.nowMs(), seen + 1);
    this.clocks.set(root, version);
    return version;
  }

  private know(scope: VersionScope): KnownScope {
    let known = this.known.get(scope);
    if (known === undefined) {
      const names = this.names.floors(scope);
      const [rootPrefix] = scope.prefixes;
      const ownName = names.at(-1) ?? '';
      known = { names, ownName, ownPrefix: scope.prefixes.at(-1) ?? rootPrefix, versions: UNREAD };
      this.known.set(scope, known);
    }
    return known;
  }
}

function isSame(a: ScopeVersions, b: ScopeVersions): boolean {
  return a.clock === b.clock && a.floor === b.floor && a.tagged === b.tagged && a.isSweeping === b.isSweeping;
}
