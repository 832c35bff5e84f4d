import { describeBytes } from '../../domain/codec/describe-bytes.js';
import type { RedisInfraError } from '../../common/redis-infra.error.js';

/** What `inspect` found out about a key. */
export interface EntryReport {
  readonly key: string;
  /** Where a read would be answered from. */
  readonly tier: 'near' | 'redis' | 'memory' | 'fallback' | 'none';
  readonly state: 'fresh' | 'stale' | 'expired' | 'invalidated' | 'absent';
  readonly ageMs: number | undefined;
  /** null: it never expires. undefined: it is not there. */
  readonly ttlMs: number | null | undefined;
  readonly tags: readonly string[];
  readonly bytes: number | undefined;
  readonly codec: string | undefined;
  /** The same in words. */
  readonly why: string;
}

const NOTHING = 'Nothing is stored under this key';
const HASH = 'The key holds a hash, which a read does not see';
const UNREADABLE = 'What is stored cannot be read with this configuration';

interface Found {
  readonly key: string;
  readonly tier: 'redis' | 'memory';
  /** As the port tells it: seconds, null or undefined. */
  readonly ttl: number | null | undefined;
  /** What is stored, where the store tells; a value that is not there in this form has none. */
  readonly bytes: Buffer | undefined;
  readonly isValue: boolean;
  readonly loading: boolean;
}

export function reportEntry({ key, tier, ttl, bytes, isValue, loading }: Found): EntryReport {
  const running = loading ? ' A load for it is running in this process.' : '';
  if (ttl === undefined || !isValue) {
    const what = ttl === undefined ? NOTHING : bytes === undefined ? HASH : UNREADABLE;
    return report(key, 'none', 'absent', ttl, `${what}: a read is a miss.${running}`);
  }
  const left = ttl === null ? 'it never expires' : `it is fresh for another ${ttl.toFixed(1)} s`;
  const why = `The value is in ${tier === 'redis' ? 'Redis' : 'the memory of this process'}; ${left}.${running}`;
  return { ...report(key, tier, 'fresh', ttl, why), bytes: bytes?.length, codec: bytes && describeBytes(bytes) };
}

export function reportUnavailable(key: string, failure: RedisInfraError): EntryReport {
  return report(
    key,
    'none',
    'absent',
    undefined,
    `The store does not answer (${failure.code}), so a read is a miss now, and getOrSet loads.`,
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
  return { key, tier, state, ageMs: undefined, ttlMs, tags: [], bytes: undefined, codec: undefined, why };
}
