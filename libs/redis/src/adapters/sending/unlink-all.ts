import { RedisInfraError } from '../../common/redis-infra.error.js';
import { allOrLeastCertain } from '../errors/least-certain.js';

/** How many keys one UNLINK takes: enough to be quick, few enough not to hold the server. */
const UNLINK_KEYS = 500;

/**
 * Removes keys, in groups of those that may go together, by as few commands as may be. While a slot of a cluster moves, a command for
 * keys of both nodes is refused, and they go one by one.
 * @returns how many were there
 * @see https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#multi-key-operations
 */
export async function unlinkAll<K extends string | Buffer>(
  groups: readonly (readonly K[])[],
  send: (part: readonly K[]) => Promise<unknown>,
): Promise<number> {
  const parts = groups.flatMap(inParts);
  return sumOf(
    parts.map((part) =>
      send(part).catch((error: unknown) => {
        if (part.length === 1 || !isSplit(error)) throw error;
        return sumOf(part.map((key) => send([key])));
      }),
    ),
  );
}

async function sumOf(counts: readonly Promise<unknown>[]): Promise<number> {
  return ((await allOrLeastCertain(counts)) as number[]).reduce((sum, count) => sum + count, 0);
}

function inParts<K>(keys: readonly K[]): readonly K[][] {
  return Array.from({ length: Math.ceil(keys.length / UNLINK_KEYS) }, (_, i) =>
    keys.slice(i * UNLINK_KEYS, (i + 1) * UNLINK_KEYS),
  );
}

function isSplit(error: unknown): boolean {
  return error instanceof RedisInfraError && error.context.reply === 'TRYAGAIN';
}
