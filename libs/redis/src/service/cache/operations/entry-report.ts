import { describeBytes } from '../../../domain/codec/describe-bytes.js';
import type { RedisInfraError } from '../../../common/redis-infra.error.js';

/** The result of `CacheService.inspect`. */
export interface EntryReport {
  /** The key, as passed to `inspect`. */
  readonly key: string;
  /** The layer that a read would use; `none` if a read would miss. */
  readonly tier: 'redis' | 'memory' | 'none';
  /** The state of the entry: `fresh` if a read finds it. */
  readonly state: 'fresh' | 'absent';
  /** Remaining time to live in milliseconds; null if the key never expires, undefined if it is absent. */
  readonly ttlMs: number | null | undefined;
  /** The stored size in bytes; undefined if there is no value or the store does not provide it. */
  readonly bytes: number | undefined;
  /**
   * How the value is encoded: `plain`, or for example `envelope: json, deflate-raw, sealed`. Undefined like `bytes`.
   */
  readonly codec: string | undefined;
  /** The report as a sentence. */
  readonly why: string;
}

const NOTHING = 'Nothing is stored under this key';
const HASH = 'The key holds a hash, which get() does not read';
const UNREADABLE = 'The stored value cannot be decoded with this configuration';

interface EntryFacts {
  readonly key: string;
  readonly tier: 'redis' | 'memory';
  /** The result of `CacheStore.ttl`: seconds, null or undefined. */
  readonly ttl: number | null | undefined;
  /** The stored bytes; undefined if the store does not provide them or the key holds another type. */
  readonly bytes: Buffer | undefined;
  readonly isValue: boolean;
  readonly loading: boolean;
}

/** Describes an entry of a store that replied. */
export function reportEntry({ key, tier, ttl, bytes, isValue, loading }: EntryFacts): EntryReport {
  const running = loading ? ' A load for it is running in this process.' : '';
  if (ttl === undefined || !isValue) {
    const what = ttl === undefined ? NOTHING : bytes === undefined ? HASH : UNREADABLE;
    return report(key, 'none', 'absent', ttl, `${what}: a read is a miss.${running}`);
  }
  const left = ttl === null ? 'it never expires' : `it is fresh for another ${ttl.toFixed(1)} s`;
  const why = `The value is in ${tier === 'redis' ? 'Redis' : 'the memory of this process'}; ${left}.${running}`;
  return { ...report(key, tier, 'fresh', ttl, why), bytes: bytes?.length, codec: bytes && describeBytes(bytes) };
}

/** Describes an entry while the store is unavailable. */
export function reportUnavailable(key: string, failure: RedisInfraError): EntryReport {
  return report(
    key,
    'none',
    'absent',
    undefined,
    `The store is unavailable (${failure.code}): a read is a miss, and getOrSet loads.`,
  );
}

function report(
  key: string,
  tier: EntryReport['tier'],
  state: EntryReport['state'],
  ttl: number | null | undefined,
  why: string,
): EntryReport {
  const ttlMs = typeof ttl === 'number' ? ttl * 1000 : ttl;
  return { key, tier, state, ttlMs, bytes: undefined, codec: undefined, why };
}
