import { RedisInfraError } from '../../common/redis-infra.error.js';

/**
 * A part that a request or a reply of decide.lua must have.
 * @throws RedisInfraError COMMAND_FAILED when it is missing: the other side uses another format
 */
export function encodedPart<T>(part: T | undefined): T {
  if (part !== undefined) return part;
  throw new RedisInfraError('COMMAND_FAILED', 'RATELIMIT has an incomplete request or reply', { outcome: 'unknown' });
}
