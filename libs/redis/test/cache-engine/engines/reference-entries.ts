import { createHash } from 'node:crypto';
import { RedisInfraError } from '../../../src/common/redis-infra.error.js';
import type {
  EntryStore,
  EntryWrite,
  ScopeVersions,
  StoredRead,
  VersionScope,
} from '../../../src/domain/entry-store.js';
import type { EngineParts } from './engine-under-test.js';

/** The hash of a tag: 16 hex digits. */
export function tagHash(tag: string): string {
  return createHash('sha256').update(tag).digest('hex').slice(0, 16);
}

/** What the reference engine stores, and when a stored value may be returned. */
export class ReferenceEntries {
  constructor(
    private readonly store: EntryStore,
    private readonly options: EngineParts['options'],
  ) {}

  /** True if the value is neither expired nor invalidated. */
  async isFresh(
    scope: VersionScope,
    { stored, nowMs }: StoredRead<unknown>,
    versions: ScopeVersions,
  ): Promise<boolean> {
    if (stored === undefined) return false;
    const { clock, freshUntil = Infinity, tags = [] } = stored.meta ?? {};
    if (clock === undefined) return !versions.isSweeping;
    if (nowMs >= freshUntil || clock < versions.floor) return false;
    if (clock >= versions.tagged || tags.length === 0) return true;
    const tagVersions = await this.store.tagVersions(scope, tags);
    return tagVersions.every(({ removed, stale }) => clock >= removed && clock >= stale);
  }

  /** The entry of a value that was created at `nowMs`, by the clock of its load. */
  entry(value: unknown, nowMs: number, clock: number, tags: readonly string[]): EntryWrite {
    const { ttlMs, staleWhileRevalidateMs, staleIfErrorMs } = this.options;
    const lengthMs = ttlMs + staleWhileRevalidateMs + staleIfErrorMs;
    const meta = {
      created: nowMs,
      freshUntil: nowMs + ttlMs,
      expires: nowMs + lengthMs,
      clock,
      tags: [...new Set(tags)].map(tagHash),
    };
    return { value, meta, ttlMs: lengthMs };
  }
}

/** True for an error of the store: the engine goes on without it. */
export function isStoreError(error: unknown): boolean {
  return error instanceof RedisInfraError && error.code !== 'WRONG_TYPE' && error.code !== 'LOAD_TIMEOUT';
}
