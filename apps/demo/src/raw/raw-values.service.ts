import { Inject, Injectable } from '@nestjs/common';
import { Caches } from '../cache/caches.js';
import { DemoStore } from '../store/demo.store.js';

/** A stored value. */
export interface RawValue {
  /** The key in the store, without the `keyPrefix` of the adapter. */
  readonly key: string;
  readonly bytes: Buffer;
  /** How the bytes are encoded, in words, or why that is unknown. */
  readonly codec: string;
  /** Remaining milliseconds. Null: it never expires. Undefined: it has expired in the meantime. */
  readonly ttlMs: number | null | undefined;
}

/** A page of stored values. */
export interface RawPage {
  readonly values: readonly RawValue[];
  /** Whether there are more values. */
  readonly more: boolean;
}

/**
 * Reads stored values directly from the store, with `can.codec` and `can.keys`. It leaves out the counts of rate limits on purpose: their
 * keys contain addresses, which are personal data.
 */
@Injectable()
export class RawValuesService {
  constructor(
    @Inject(DemoStore) private readonly demo: DemoStore,
    @Inject(Caches) private readonly caches: Caches,
  ) {}

  /** Undefined: nothing is stored under the key, or it belongs to no cache. */
  async find(key: string): Promise<RawValue | undefined> {
    const location = this.caches.find(key);
    if (location === undefined) return undefined;
    const [bytes, report] = await Promise.all([
      this.demo.store.can?.codec?.bytes(key),
      location.cache.inspect(location.key),
    ]);
    return bytes && { key, bytes, codec: report.codec ?? report.why, ttlMs: report.ttlMs };
  }

  /** Returns at most `limit` values, in no particular order. */
  async page(limit: number): Promise<RawPage> {
    const keys = await this.keys(limit + 1);
    const values = await Promise.all(keys.slice(0, limit).map((key) => this.find(key)));
    return { values: values.filter((value) => value !== undefined), more: keys.length > limit };
  }

  /** Removes duplicates: a scan may return a key twice. */
  private async keys(limit: number): Promise<string[]> {
    const keys = new Set<string>();
    for await (const batch of this.demo.store.can?.keys?.scan({ prefix: 'cache:', count: limit }) ?? []) {
      for (const key of batch.keys) keys.add(key);
      if (keys.size >= limit) break;
    }
    return [...keys].slice(0, limit);
  }
}
