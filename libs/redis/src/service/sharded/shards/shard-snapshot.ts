import type { AdapterSnapshot } from '../../../adapters/redis/adapter-snapshot.js';

/** How a call to the server of a shard ended: a read that found a value or none, any other call, or an error. */
export type ShardOutcome = 'hit' | 'miss' | 'ok' | 'error';

/** One shard of a `ShardedCache`. */
export interface ShardSnapshot extends AdapterSnapshot {
  readonly id: string;
  /** The share of all slots, or of the ring, that the shard owns: 0 to 1. */
  readonly share: number;
  /** The calls to its server since this process uses it. Empty with the embedded store. */
  readonly operations: Readonly<Partial<Record<ShardOutcome, number>>>;
}
