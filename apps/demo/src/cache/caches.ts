import { Inject, Injectable } from '@nestjs/common';
import { CacheService } from 'nestjs-redis-infra';
import { CACHES_OPTIONS, type CachesOptions } from './caches.options.js';

/** The statistics of a country are about 1 KB of JSON, which is below the default `minBytes`. */
const COMPRESS_FROM_BYTES = 256;

/** The namespaces of the decorators, of the HTTP cache and of the stampede. */
const OTHERS = ['extremes', 'http', 'stampede'];

/** A cache and a key in it. */
export interface CacheLocation {
  readonly cache: CacheService;
  readonly key: string;
}

/** The caches of the demo, one for each way of storing values. */
@Injectable()
export class Caches {
  /** JSON, after a few bytes for the times of the value. */
  readonly root: CacheService;
  /** Compressed. */
  readonly countries: CacheService;
  /** Sealed, because results reveal what people search for. Keys reveal it as well: sealing does not encrypt them. */
  readonly searches: CacheService;

  constructor(@Inject(CacheService) root: CacheService, @Inject(CACHES_OPTIONS) { secret }: CachesOptions) {
    this.root = root;
    this.countries = root.namespace('countries', { codec: { compression: { minBytes: COMPRESS_FROM_BYTES } } });
    this.searches = root.namespace('searches', { codec: { encryption: { keys: [{ id: 'demo', secret }] } } });
  }

  /** The caches by the prefix of their keys in the store. Namespaces come before the cache that contains them. */
  byPrefix(): ReadonlyMap<string, CacheService> {
    return new Map([
      ['cache:countries::', this.countries],
      ['cache:searches::', this.searches],
      ...OTHERS.map((name) => [`cache:${name}::`, this.root.namespace(name)] as const),
      ['cache:', this.root],
    ]);
  }

  /** The cache and key of a key in the store. Undefined: the key belongs to no cache. */
  find(storeKey: string): CacheLocation | undefined {
    for (const [prefix, cache] of this.byPrefix()) {
      if (storeKey.startsWith(prefix)) return { cache, key: storeKey.slice(prefix.length) };
    }
    return undefined;
  }
}
