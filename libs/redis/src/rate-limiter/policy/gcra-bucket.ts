/** The leaky bucket of gcra in integer units, so that all arithmetic is exact. */
export interface GcraBucket {
  /** Units of the whole burst. */
  readonly capacity: number;
  /** Units of one token. */
  readonly tokenCost: number;
  /** Units that leak in each tick. */
  readonly leakPerTick: number;
  /** Length of a tick in microseconds. */
  readonly tickUs: number;
}

/** What a bucket holds: `limit` tokens refill in each window, and `burst` can be spent at once. */
export interface BucketSize {
  readonly limit: number;
  readonly windowMs: number;
  readonly burst: number;
}

/** The bucket of policies that are not for gcra. */
export const NO_BUCKET: GcraBucket = Object.freeze({ capacity: 0, tokenCost: 0, leakPerTick: 0, tickUs: 1 });

/**
 * The bucket with the finest tick that keeps all numbers exact, including a debt of one burst; undefined if there is
 * none.
 */
export function bucketOf({ limit, windowMs, burst }: BucketSize): GcraBucket | undefined {
  for (const tickUs of [1, 1000]) {
    const ticks = (windowMs * 1000) / tickUs;
    const common = greatestCommonDivisor(ticks, limit);
    const tokenCost = ticks / common;
    if (burst * tokenCost <= Number.MAX_SAFE_INTEGER / 4)
      return Object.freeze({ capacity: burst * tokenCost, tokenCost, leakPerTick: limit / common, tickUs });
  }
  return undefined;
}

/**
 * The bucket of one of `instances` shares. If the share has no exact bucket, it keeps the bucket of the whole and makes
 * a token `instances` times as large, which is exact.
 */
export function shareOfBucket(bucket: GcraBucket, instances: number, share: BucketSize): GcraBucket {
  const tokenCost = bucket.tokenCost * instances;
  return bucketOf(share) ?? Object.freeze({ ...bucket, tokenCost, capacity: share.burst * tokenCost });
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
