import { RedisInfraError } from '../../../src/common/redis-infra.error.js';
import type {
  Acquisition,
  EntryRead,
  EntryStore,
  EntryWrite,
  FailureMark,
  LeaseRequest,
  RaisedVersions,
  Removal,
  ScopeVersions,
  StoredRead,
  SweepOptions,
  TagVersion,
  VersionScope,
} from '../../../src/domain/entry-store.js';
import type { Decoded } from '../../../src/domain/value-codec.js';
import type { ModelConnection } from './model-connection.js';
import type { ModelServer } from './model-server.js';

/** Delivers the ends of leases to the process that watches a key. */
export interface SettledChannel {
  watch(key: string, onSettled: () => void): () => void;
}

/** The `EntryStore` of one process: the operations of the model server through a connection. */
export class ModelEntryStore implements EntryStore {
  constructor(
    private readonly server: ModelServer,
    private readonly connection: ModelConnection,
    private readonly channel: SettledChannel,
  ) {}

  read<T>(key: string, scope: VersionScope): Promise<EntryRead<T>> {
    return this.connection.call([key], () => this.readNow<T>(key, scope));
  }

  readMany<T>(keys: readonly string[], scope: VersionScope): Promise<readonly EntryRead<T>[]> {
    return this.connection.call(keys, () => keys.map((key) => this.readNow<T>(key, scope)));
  }

  readValue<T>(key: string): Promise<StoredRead<T>> {
    return this.connection.call([key], () => this.server.read<T>(key));
  }

  decode<T>(_key: string, encoded: Buffer): Decoded<T> {
    return this.server.decode<T>(encoded);
  }

  /** Like `CacheStore.ttl`. */
  ttl(key: string): Promise<number | null | undefined> {
    return this.connection.call([key], () => this.server.ttl(key));
  }

  now(key: string): Promise<number> {
    return this.connection.call([key], this.server.nowMs);
  }

  versions(scope: VersionScope): Promise<ScopeVersions> {
    return this.connection.call(scope.prefixes, () => this.server.tables.versions(scope));
  }

  tagVersions(scope: VersionScope, tags: readonly string[]): Promise<readonly TagVersion[]> {
    return this.connection.call(scope.prefixes, () => this.server.tables.tagVersions(scope, tags));
  }

  acquire<T>(key: string, lease: LeaseRequest): Promise<Acquisition<T>> {
    return this.connection.call([key], () => this.server.acquire<T>(key, lease));
  }

  renew(key: string, token: string, ttlMs: number): Promise<boolean> {
    return this.connection.call([key], () => this.server.leases.renew(key, token, ttlMs));
  }

  publish(key: string, token: string, entry: EntryWrite): Promise<boolean> {
    return this.connection.call([key], () => this.server.publish(key, token, entry));
  }

  release(key: string, token: string, failure?: FailureMark): Promise<void> {
    return this.connection.call([key], () => {
      if (failure === undefined) this.server.leases.end(key, token);
      else this.server.leases.fail(key, token, failure);
    });
  }

  async watch(key: string, onSettled: () => void): Promise<() => void> {
    return this.connection.call([key], () => this.channel.watch(key, onSettled));
  }

  write(key: string, entry: EntryWrite): Promise<void> {
    return this.connection.call([key], () => this.server.write(key, entry));
  }

  async writeMany(entries: readonly (EntryWrite & { readonly key: string })[]): Promise<void> {
    await Promise.all(entries.map((entry) => this.write(entry.key, entry)));
  }

  async remove(keys: readonly string[]): Promise<Removal> {
    const removed = keys.map((key) => this.connection.call([key], () => this.server.remove(key)));
    return { removed: (await Promise.all(removed)).filter(Boolean).length, status: 'applied' };
  }

  incr(key: string, amount: number, ttlMs: number | undefined): Promise<number> {
    return this.connection.call([key], () => this.server.incr(key, amount, ttlMs));
  }

  hset(): Promise<void> {
    return Promise.reject(notInHistories());
  }

  hdel(): Promise<number> {
    return Promise.reject(notInHistories());
  }

  expire(key: string, ttlMs: number): Promise<boolean> {
    return this.connection.call([key], () => this.server.expire(key, ttlMs));
  }

  voidLeases(keys: readonly string[]): Promise<void> {
    return this.connection.call(keys, () => keys.forEach((key) => this.server.leases.void(key)));
  }

  raiseFloor(scope: VersionScope, seen: number): Promise<RaisedVersions> {
    return this.connection.call(scope.prefixes, () => applied(this.server.raiseFloor(scope, seen)));
  }

  raiseFloorOnce(scope: VersionScope, event: string, seen: number): Promise<RaisedVersions | undefined> {
    return this.connection.call(scope.prefixes, () => {
      const versions = this.server.raiseFloorOnce(scope, event, seen);
      return versions && applied(versions);
    });
  }

  invalidateTags(
    scope: VersionScope,
    tags: readonly string[],
    options: { readonly keepForErrors: boolean; readonly seen: number },
  ): Promise<RaisedVersions> {
    return this.connection.call(scope.prefixes, () => applied(this.server.invalidateTags(scope, tags, options)));
  }

  async sweep(scope: VersionScope, floor: number, options: SweepOptions = {}): Promise<number> {
    const prefix = scope.prefixes.at(-1) ?? '';
    const [keys, keepsData] = await this.connection.call(scope.prefixes, () => [
      this.server.sweepable(prefix),
      this.server.tables.keepsData(scope, floor),
    ]);
    const { keepData = keepsData } = options;
    let removed = 0;
    for (const key of keys) {
      if (await this.connection.call([key], () => this.server.sweepKey(key, floor, keepData))) removed++;
    }
    await this.connection.call(scope.prefixes, () => this.server.endSweep(scope, floor));
    return removed;
  }

  private readNow<T>(key: string, scope: VersionScope): EntryRead<T> {
    return { ...this.server.read<T>(key), versions: this.server.tables.versions(scope) };
  }
}

function applied(versions: ScopeVersions): RaisedVersions {
  return { ...versions, status: 'applied' };
}

function notInHistories(): RedisInfraError {
  return new RedisInfraError('UNSUPPORTED', 'no history contains hashes');
}
