import { durationMs, type Duration } from '../../../common/duration.js';
import { optionInvalid } from '../../../common/options.js';
import { MAX_TAGS } from '../../../domain/codec/entry-meta.tlv.js';
import { checkTags } from '../options/set-options.js';
import { unsupportedOption } from '../options/supported-options.js';
import { hashesOfTags } from '../entry/tag-hash.js';

/** The argument of a loader. Its methods control how the loaded value is stored. */
export interface LoadContext {
  /** The key, as passed to `getOrSet`. */
  readonly key: string;
  /** Aborted when the load exceeds `loadTimeout` or the cache is disconnected. */
  readonly signal: AbortSignal;
  /** The value that is stored and no longer fresh; undefined if there is none. Its type is not checked. */
  readonly stale: unknown;
  /** Sets how long this value is fresh, before `jitter`. @throws RedisInfraError OPTION_INVALID */
  ttl(duration: Duration): void;
  /**
   * Adds tags to those of the call.
   * @throws RedisInfraError OPTION_INVALID for a bad tag, more than 24 in all, or a store without entries
   */
  tag(...tags: string[]): void;
  /** Does not store this value. The callers still receive it. */
  skip(): void;
}

/** Produces the value of a key on a miss. `undefined` is returned to the callers and not stored. */
export type Loader<T> = (context: LoadContext) => T | Promise<T>;

export interface LoadControlsParts {
  readonly key: string;
  readonly stale: unknown;
  /** The tags of the call. */
  readonly tags: readonly string[];
  /** Whether the store keeps the tags of values. */
  readonly hasTags: boolean;
}

/** The context of one load, and the choices of its loader. */
export class LoadControls implements LoadContext {
  ttlMs: number | undefined;
  skipped = false;
  /** The hashes of the tags. */
  tagHashes: readonly string[];
  private readonly controller = new AbortController();

  readonly key: string;
  readonly stale: unknown;
  private readonly hasTags: boolean;

  constructor({ key, stale, tags, hasTags }: LoadControlsParts) {
    this.key = key;
    this.stale = stale;
    this.hasTags = hasTags;
    this.tagHashes = hashesOfTags(tags);
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  // Bound functions, so that a loader may destructure them: `async ({ ttl }) => …`.
  readonly ttl = (duration: Duration): void => {
    this.ttlMs = durationMs(duration, 'ttl');
  };

  readonly tag = (...tags: string[]): void => {
    if (!this.hasTags) throw unsupportedOption('tags');
    const hashes = [...new Set([...this.tagHashes, ...hashesOfTags(checkTags(tags, 'tags'))])];
    if (hashes.length > MAX_TAGS) throw optionInvalid('tags', `must be at most ${MAX_TAGS} tags`);
    this.tagHashes = hashes;
  };

  readonly skip = (): void => {
    this.skipped = true;
  };

  abort(reason: Error): void {
    this.controller.abort(reason);
  }
}
