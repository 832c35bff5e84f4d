import { Inject, Injectable } from '@nestjs/common';
import { CacheService } from 'nestjs-redis-infra';
import { CACHES_OPTIONS, type CachesOptions } from './caches.options.js';

/** A country's statistics are about a kilobyte of JSON: less than what is compressed unless one says so. */
const COMPRESS_FROM_BYTES = 256;

/** A cache, and a key in it. */
export interface CacheEntryPlace {
  readonly cache: CacheService;
  readonly key: string;
}

/** The caches of the demo, one for each way of storing values. */
@Injectable()
export class Caches {
  /** Plain JSON, which redis-cli shows as it is. */
  readonly root: CacheService;
  /** Compressed. */
  readonly countries: CacheService;
  /** Sealed: the answers tell what people search for. So do the names of the keys, which sealing leaves as they are. */
  readonly searches: CacheService;

  constructor(@Inject(CacheService) root: CacheService, @Inject(CACHES_OPTIONS) { secret }: CachesOptions) {
    this.root = root;
    this.countries = root.namespace('countries', { codec: { compression: { minBytes: COMPRESS_FROM_BYTES } } });
    this.searches = root.namespace('searches', { codec: { encryption: { keys: [{ id: 'demo', secret }] } } });
  }

  /** Each of them by the beginning of its keys in the store; those inside another stand before it. */
  byPrefix(): ReadonlyMap<string, CacheService> {
    return new Map([
      ['cache:countries::', this.countries],
      ['cache:searches::', this.searches],
      ['cache:', this.root],
    ]);
  }

  /** The place of a key of the store; undefined for one that is no cache's. */
  find(storeKey: string): CacheEntryPlace | undefined {
    for (const [prefix, cache] of this.byPrefix()) {
      if (storeKey.startsWith(prefix)) return { cache, key: storeKey.slice(prefix.length) };
    }
    return undefined;
  }
}
