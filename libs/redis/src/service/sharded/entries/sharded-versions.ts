import type {
  EntryStore,
  RaisedVersions,
  ScopeVersions,
  SweepOptions,
  TagVersion,
  VersionScope,
} from '../../../domain/entry-store.js';
import { ShardedChanges } from '../fan-out/sharded-changes.js';
import type { ShardedContext } from '../sharded-context.js';
import { capabilityOf } from '../shards/capability-of.js';

/**
 * The versions of all shards. Each shard issues its own, by its own clock, and judges the entries of its keys. A change
 * goes to all shards in parallel, and is `applied` if all have applied it.
 */
export class ShardedVersions {
  private readonly changes: ShardedChanges;

  constructor(private readonly context: ShardedContext) {
    this.changes = new ShardedChanges(context);
  }

  /** The newest versions of any shard. Entries are judged by those of their own shard. */
  async combined(scope: VersionScope): Promise<ScopeVersions> {
    return this.note(await this.onAll('versions', (entries) => entries.versions(scope)));
  }

  async combinedTags(scope: VersionScope, tags: readonly string[]): Promise<readonly TagVersion[]> {
    const ofShards = await this.onAll('tagVersions', (entries) => entries.tagVersions(scope, tags));
    return tags.map((_, i) => ({
      removed: newest(ofShards.map((versions) => versions[i]?.removed ?? 0)),
      stale: newest(ofShards.map((versions) => versions[i]?.stale ?? 0)),
    }));
  }

  async raiseFloor(scope: VersionScope, seen: number): Promise<RaisedVersions> {
    const above = this.above(seen);
    return this.raised(await this.onAll('raiseFloor', (entries) => entries.raiseFloor(scope, above)));
  }

  async raiseFloorOnce(scope: VersionScope, event: string, seen: number): Promise<RaisedVersions | undefined> {
    const above = this.above(seen);
    const raised = await this.onAll('raiseFloor', (entries) => entries.raiseFloorOnce(scope, event, above));
    const defined = raised.filter((versions) => versions !== undefined);
    return defined.length === 0 ? undefined : this.raised(defined);
  }

  async invalidateTags(
    scope: VersionScope,
    tags: readonly string[],
    options: { readonly keepForErrors: boolean; readonly seen: number },
  ): Promise<RaisedVersions> {
    const above = { ...options, seen: this.above(options.seen) };
    return this.raised(await this.onAll('invalidateTags', (entries) => entries.invalidateTags(scope, tags, above)));
  }

  /** Each shard sweeps what its own flush has invalidated. */
  async sweep(scope: VersionScope, options: SweepOptions | undefined): Promise<number> {
    const removed = await this.onAll('sweep', async (entries) => {
      const { floor, isSweeping } = await entries.versions(scope);
      return isSweeping ? entries.sweep(scope, floor, options) : 0;
    });
    return removed.reduce((sum, count) => sum + count, 0);
  }

  /** An entry may have the newest version of any shard as its clock: what invalidates it must be newer. */
  private above(seen: number): number {
    return Math.max(seen, this.context.state.newest.version);
  }

  private raised(versions: readonly RaisedVersions[]): RaisedVersions {
    const isApplied = versions.every(({ status }) => status === 'applied');
    return { ...this.note(versions), status: isApplied ? 'applied' : 'journaled' };
  }

  private note(versions: readonly ScopeVersions[]): ScopeVersions {
    const { state } = this.context;
    const combined = newestOf(versions);
    state.newest.version = Math.max(state.newest.version, combined.clock);
    return combined;
  }

  private onAll<R>(operation: string, run: (entries: EntryStore) => Promise<R>): Promise<readonly R[]> {
    return this.changes.onAll(operation, (store) => run(capabilityOf(store, 'entries')));
  }
}

function newestOf(versions: readonly ScopeVersions[]): ScopeVersions {
  const [only] = versions;
  if (only !== undefined && versions.length === 1) return only;
  return {
    clock: newest(versions.map(({ clock }) => clock)),
    floor: newest(versions.map(({ floor }) => floor)),
    tagged: newest(versions.map(({ tagged }) => tagged)),
    isSweeping: versions.some(({ isSweeping }) => isSweeping),
  };
}

function newest(versions: readonly number[]): number {
  return versions.reduce((a, b) => Math.max(a, b), 0);
}
