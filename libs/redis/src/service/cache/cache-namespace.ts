import type { ErrorCode } from '../../common/error-codes.js';
import type { RedisInfraError } from '../../common/redis-infra.error.js';
import { TypedEmitter } from '../../common/typed-emitter.js';
import { checkKey, checkKeyForm } from '../../domain/models/cache-key.js';
import type { CacheEvents, SkippedChange } from './cache-events.js';
import { CacheCounters } from './cache-stats.js';

const SECURITY: ReadonlySet<ErrorCode> = new Set(['CODEC_TAMPERED', 'CODEC_PLAINTEXT_REJECTED']);

const BEGINS_WITH_NAMESPACE = /^[\w.-]{1,64}::/;

/** Read behind a prefix, the key could be one of a namespace, or one that already has a colon in front. */
function isAmbiguous(key: string): boolean {
  return key.startsWith(':') || (key.includes('::') && BEGINS_WITH_NAMESPACE.test(key));
}

/**
 * A namespace: the prefix of its keys, its counts and its events, the same however often it is asked for. The keys of a namespace inside
 * this one lie under `<prefix><name>::`. A key of this one that looks like one of those gets a colon in front, whether such a namespace exists
 * or not: the place of a key must not depend on the order of calls, or on the process.
 * @see docs/decisions/0027-how-a-namespace-prefixes-its-keys.md
 */
export class CacheNamespace {
  readonly counters = new CacheCounters();
  readonly events = new TypedEmitter<CacheEvents>();
  private readonly children = new Map<string, CacheNamespace>();

  constructor(
    readonly prefix: string,
    private readonly parent?: CacheNamespace,
  ) {}

  /** Counts a failure of the store, and tells of it: also those who listen to the namespaces around this one. */
  recordFailure(operation: string, error: RedisInfraError, skipped?: SkippedChange): void {
    this.counters.failed(error.code);
    this.emitError({ operation, error, skipped });
  }

  child(name: string): CacheNamespace {
    let space = this.children.get(name);
    if (space === undefined) this.children.set(name, (space = new CacheNamespace(`${this.prefix}${name}::`, this)));
    return space;
  }

  /** The key in the store, different for each key and namespace. @throws RedisInfraError KEY_INVALID */
  locate(key: string): string {
    checkKey(key);
    return this.place(key);
  }

  /** The same for a load, which needs no store: the key may be too long. @throws RedisInfraError KEY_INVALID */
  locateLoad(key: string): string {
    checkKeyForm(key);
    return this.place(key);
  }

  private place(key: string): string {
    return isAmbiguous(key) ? `${this.prefix}:${key}` : this.prefix + key;
  }

  private emitError(failure: CacheEvents['error']): void {
    const { code } = failure.error;
    this.events.emit('error', failure);
    if (SECURITY.has(code)) this.events.emit('security', { code });
    this.parent?.emitError(failure);
  }
}
