import type { RaisedVersions, ScopeVersions, TagVersion, VersionScope } from '../../../../domain/entry-store.js';
import type { InternalKeys } from '../../../../domain/models/internal-keys.js';
import type { CallContext } from '../../../calls/call-context.js';
import { JointRead, type Records } from '../../../sending/batch-readers.js';
import type { CommandChannel } from '../../../sending/command-channel.js';
import type { StoreScript } from '../../../sending/script-command.js';
import type { CommandArg } from '../../../wire/wire-command.js';
import { RedisInfraError } from '../../../../common/redis-infra.error.js';
import type { RedisScripts } from '../../commands/redis-scripts.js';
import {
  CREATE_TABLES,
  INVALIDATE_TAGS,
  RAISE_FLOOR,
  RAISE_FLOOR_ONCE,
  TAG_VERSIONS,
} from '../scripts/version.scripts.js';
import { ScopeTables } from './scope-tables.js';

/** The end of the name of the field with the stale version of a tag. */
const STALE = '~';

/** Reads and issues the versions of scopes. */
export class VersionTables {
  private readonly scopes = new WeakMap<VersionScope, ScopeTables>();

  constructor(
    private readonly channel: CommandChannel,
    private readonly scripts: RedisScripts,
    private readonly keys: InternalKeys,
  ) {}

  /** The tables of a scope. The same scope object has the same tables. */
  of(scope: VersionScope): ScopeTables {
    let tables = this.scopes.get(scope);
    if (tables === undefined) this.scopes.set(scope, (tables = new ScopeTables(this.keys, scope)));
    return tables;
  }

  /** Reads the versions, batched with the other reads of this tick. Creates missing tables. */
  read(tables: ScopeTables, context: CallContext): Promise<ScopeVersions> {
    return this.channel.readJointly<ScopeVersions, CallContext>(new TablesRead(this, tables, context));
  }

  /** Creates the missing tables. Their floor is now, so that every entry from before is invalid. */
  create(tables: ScopeTables, context: CallContext): Promise<ScopeVersions> {
    return this.run(CREATE_TABLES, tables, [], context);
  }

  /** Issues a version and makes it the floor of the own namespace. */
  raiseFloor(tables: ScopeTables, seen: number, context: CallContext): Promise<RaisedVersions> {
    return this.raise(RAISE_FLOOR, tables, [seen], context);
  }

  /** Raises the floor of the own namespace for an event. Undefined if it was raised for the event before. */
  async raiseFloorOnce(
    tables: ScopeTables,
    event: string,
    seen: number,
    context: CallContext,
  ): Promise<RaisedVersions | undefined> {
    const keys = [...tables.keys, tables.events];
    const records = await this.scripts.run(RAISE_FLOOR_ONCE, keys, [seen, event], context);
    return records.length === 0 ? undefined : { ...readTables(RAISE_FLOOR_ONCE, tables, records), status: 'applied' };
  }

  /** Issues a version and records it for tags of the own namespace. */
  invalidateTags(
    tables: ScopeTables,
    tags: readonly string[],
    { keepForErrors, seen }: { readonly keepForErrors: boolean; readonly seen: number },
    context: CallContext,
  ): Promise<RaisedVersions> {
    return this.raise(INVALIDATE_TAGS, tables, [seen, keepForErrors ? STALE : '', ...tags], context);
  }

  /** Reads the versions of tags of the own namespace, in their order. */
  async tagVersions(
    { own, tags: key }: ScopeTables,
    tags: readonly string[],
    context: CallContext,
  ): Promise<readonly TagVersion[]> {
    if (tags.length === 0) return [];
    const fields = tags.flatMap((tag) => [tag, tag + STALE]);
    const [table, ...versions] = await this.scripts.run(TAG_VERSIONS, [own, key], fields, context);
    const floor = Buffer.isBuffer(table) ? Number.parseInt(table.toString(), 10) || 0 : 0;
    const versionAt = (i: number): number => Number(versions[i] ?? 0);
    return tags.map((_, i) => ({ removed: Math.max(floor, versionAt(2 * i)), stale: versionAt(2 * i + 1) }));
  }

  private async raise(
    script: StoreScript<readonly Buffer[]>,
    tables: ScopeTables,
    args: readonly CommandArg[],
    context: CallContext,
  ): Promise<RaisedVersions> {
    return { ...(await this.run(script, tables, args, context)), status: 'applied' };
  }

  private async run(
    script: StoreScript<readonly Buffer[]>,
    tables: ScopeTables,
    args: readonly CommandArg[],
    context: CallContext,
  ): Promise<ScopeVersions> {
    return readTables(script, tables, await this.scripts.run(script, tables.keys, args, context));
  }
}

/** A read of the tables of a scope. */
class TablesRead extends JointRead<ScopeVersions, CallContext> {
  constructor(
    private readonly versions: VersionTables,
    private readonly tables: ScopeTables,
    context: CallContext,
  ) {
    super(tables.key, tables.floors, context);
  }

  protected join(_bytes: Buffer | undefined, records: Records): ScopeVersions | Promise<ScopeVersions> {
    return this.tables.read(records) ?? this.versions.create(this.tables, this.limits);
  }
}

/** The versions in the reply to a script. @throws RedisInfraError COMMAND_FAILED */
function readTables({ name }: StoreScript<unknown>, tables: ScopeTables, records: readonly Buffer[]): ScopeVersions {
  const versions = tables.read(records);
  if (versions !== undefined) return versions;
  throw new RedisInfraError('COMMAND_FAILED', `${name}: the server replied with a damaged version table`, {
    outcome: 'executed',
  });
}
