import { MAX_COUNT } from '../../../domain/models/counter.js';
import type { CallContext } from '../../calls/call-context.js';
import type { RedisScripts } from './redis-scripts.js';
import { COUNT, countersSealed, toCountError } from './scripts/count.script.js';

/** Counters. A script adds to them, because INCRBY would exceed the range of safe integers. */
export class RedisCounters {
  constructor(private readonly scripts: RedisScripts) {}

  /**
   * Adds to a counter and returns the new count.
   * @param ttlMs the time to live of a counter that the call creates, in milliseconds; undefined never expires
   * @throws RedisInfraError OPTION_INVALID if the codec seals counters; WRONG_TYPE; COMMAND_FAILED if the count would
   * be too large
   */
  async add(key: string, amount: number, ttlMs: number | undefined, context: CallContext): Promise<number> {
    if (!context.codec.policy.counts) throw countersSealed();
    try {
      return await this.scripts.run(COUNT, [key], [amount, MAX_COUNT, ttlMs ?? ''], context);
    } catch (error) {
      throw toCountError(error);
    }
  }
}
