import { RedisInfraError } from '../../../common/redis-infra.error.js';

/** Returns an integer reply. @throws RedisInfraError COMMAND_FAILED if the reply has another type */
export function toInteger(reply: unknown): number {
  if (typeof reply === 'number') return reply;
  throw unexpectedReply('an integer', reply);
}

/**
 * Returns a reply of an array of strings, which are all present.
 * @throws RedisInfraError COMMAND_FAILED for any other reply
 */
export function toBuffers(reply: unknown): Buffer[] {
  if (Array.isArray(reply) && reply.every((item) => Buffer.isBuffer(item))) return reply;
  throw unexpectedReply('an array of strings', reply);
}

/** Returns a reply of an array. @throws RedisInfraError COMMAND_FAILED for any other reply */
export function toArray(reply: unknown): readonly unknown[] {
  if (Array.isArray(reply)) return reply;
  throw unexpectedReply('an array', reply);
}

/** Only a proxy that is not compatible with Redis sends such a reply. */
function unexpectedReply(expected: string, reply: unknown): RedisInfraError {
  const type = Buffer.isBuffer(reply) ? 'a string' : Array.isArray(reply) ? 'an array' : typeof reply;
  return new RedisInfraError('COMMAND_FAILED', `the server replied with ${type} instead of ${expected}`, {
    outcome: 'executed',
  });
}
