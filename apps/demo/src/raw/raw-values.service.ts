import { Inject, Injectable } from '@nestjs/common';
import { RedisAdapter } from 'nestjs-redis-infra';
import { Caches } from '../cache/caches.js';

/** A value as it is stored. */
export interface RawValue {
  /** As in the store, without the adapter's `keyPrefix`. */
  readonly key: string;
  readonly bytes: Buffer;
  /** How the bytes were made, in words; or why that cannot be told. */
  readonly codec: string;
  /** Milliseconds; null: it never expires. undefined: it was gone a moment later. */
  readonly ttlMs: number | null | undefined;
}

/** Some of the values. */
export interface RawPage {
  readonly values: readonly RawValue[];
  /** There are others, too. */
  readonly more: boolean;
}

/**
 * Looks at the stored values behind the back of the caches: `can.codec` and `can.keys` of the store show them. The counts of the limits
 * are left out on purpose: their keys hold addresses, which are personal data.
 */
@Injectable()
export class RawValuesService {
  constructor(
    @Inject(RedisAdapter) private readonly redis: RedisAdapter,
    @Inject(Caches) private readonly caches: Caches,
  ) {}

  /** Undefined where nothing is stored, or what is belongs to no cache. */
  async find(key: string): Promise<RawValue | undefined> {
    const place = this.caches.find(key);
    if (place === undefined) return undefined;
    const [bytes, report] = await Promise.all([this.redis.can.codec?.bytes(key), place.cache.inspect(place.key)]);
    return bytes && { key, bytes, codec: report.codec ?? report.why, ttlMs: report.ttlMs };
  }

  /** At most so many of them, in no order. */
  async page(limit: number): Promise<RawPage> {
    const keys = await this.keys(limit + 1);
    const found = await Promise.all(keys.slice(0, limit).map((key) => this.find(key)));
    return { values: found.filter((value) => value !== undefined), more: keys.length > limit };
  }

  /** A scan may name a key twice. */
  private async keys(limit: number): Promise<string[]> {
    const keys = new Set<string>();
    for await (const batch of this.redis.can.keys?.scan({ prefix: 'cache:', count: limit }) ?? []) {
      for (const key of batch.keys) keys.add(key);
      if (keys.size >= limit) break;
    }
    return [...keys].slice(0, limit);
  }
}
