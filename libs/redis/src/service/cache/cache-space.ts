import type { ErrorCode } from '../../common/error-codes.js';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import { TypedEmitter } from '../../common/typed-emitter.js';
import { checkKey } from '../../domain/models/cache-key.js';
import type { CacheEvents, SkippedChange } from './cache-events.js';
import { CacheCounters } from './cache-stats.js';

const SECURITY: ReadonlySet<ErrorCode> = new Set(['CODEC_TAMPERED', 'CODEC_PLAINTEXT_REJECTED']);

/** A namespace: the prefix of its keys, its counts and its events, the same however often it is asked for. */
export class CacheSpace {
  readonly counters = new CacheCounters();
  readonly events = new TypedEmitter<CacheEvents>();
  private readonly children = new Map<string, CacheSpace>();

  constructor(
    readonly prefix: string,
    private readonly parent?: CacheSpace,
  ) {}

  /** Counts a failure of the store, and tells of it: also those who listen to the namespaces around this one. */
  failed(operation: string, error: RedisInfraError, skipped?: SkippedChange): void {
    this.counters.failed(error.code);
    this.tell({ operation, error, skipped });
  }

  child(name: string): CacheSpace {
    let space = this.children.get(name);
    if (space === undefined) this.children.set(name, (space = new CacheSpace(`${this.prefix}${name}:`, this)));
    return space;
  }

  /** The key in the store. @throws RedisInfraError KEY_INVALID, also for a key that would be one of a namespace inside this one. */
  locate(key: string): string {
    checkKey(key);
    if (this.children.size > 0) {
      const end = key.indexOf(':');
      if (end > 0 && this.children.has(key.slice(0, end))) {
        throw new RedisInfraError(
          'KEY_INVALID',
          'the key begins like one of a namespace inside this one: use namespace(name), or another key',
        );
      }
    }
    return this.prefix + key;
  }

  private tell(failure: CacheEvents['error']): void {
    const { code } = failure.error;
    this.events.emit('error', failure);
    if (SECURITY.has(code)) this.events.emit('security', { code });
    this.parent?.tell(failure);
  }
}
