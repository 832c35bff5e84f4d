import type { RedisServer } from 'nestjs-redis-infra/testing';

const STEP = 10_000;

/** Writes `<prefix>0`, `<prefix>1`, … without an expiry. */
export async function writeKeys(server: RedisServer, prefix: string, count: number): Promise<void> {
  const script = "for i = ARGV[2], ARGV[3] - 1 do redis.call('SET', ARGV[1] .. string.format('%.0f', i), 'value') end";
  for (let from = 0; from < count; from += STEP) {
    const to = Math.min(count, from + STEP);
    await server.command('EVAL', script, '0', prefix, String(from), String(to));
  }
}

/** How many keys of the server expire. */
export async function expiringKeys(server: RedisServer): Promise<number> {
  const info = String(await server.command('INFO', 'keyspace'));
  return Number(/expires=(\d+)/.exec(info)?.[1] ?? 0);
}
