import { optionInvalid } from '../../../../common/options.js';
import { RedisInfraError } from '../../../../common/redis-infra.error.js';
import type { ScriptDefinition } from '../../../../domain/cache-store.js';
import { countTooLarge } from '../../../../domain/models/counter.js';
import { COUNT_LUA } from './count.lua.js';

/** `incr`: returns the new count. */
export const COUNT: ScriptDefinition<number> = {
  name: 'INCR',
  source: COUNT_LUA,
  keys: 1,
  parse: (reply) => Number(String(reply)),
};

/** The first word of the script's error for a count that would be too large. */
const COUNT_LIMIT = 'LIMIT';

/** Maps an error of `COUNT` to the error that `incr` rejects with. */
export function toCountError(error: unknown): unknown {
  return error instanceof RedisInfraError && error.context.reply === COUNT_LIMIT ? countTooLarge() : error;
}

/** The error of `incr` on a store that seals its counters. */
export function countersSealed(): RedisInfraError {
  return optionInvalid('codec.encryption.counters', "must be 'plain' to use incr: Redis cannot add to a sealed number");
}
