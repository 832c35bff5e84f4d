import type { Redis } from 'ioredis';

/**
 * Reads the identity of a server process, which changes when it restarts. Undefined when the server refuses INFO or
 * does not answer.
 * @see https://redis.io/docs/latest/commands/info/
 */
export async function readRunId(redis: Redis): Promise<string | undefined> {
  const info = await redis.info('server').catch(() => '');
  return /^run_id:(\w+)/m.exec(info)?.[1];
}
