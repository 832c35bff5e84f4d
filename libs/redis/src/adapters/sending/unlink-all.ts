import { RedisInfraError } from '../../common/redis-infra.error.js';
import { allOrLeastCertain } from '../errors/least-certain.js';

/** Keys per UNLINK: enough to be fast, and few enough not to block the server. */
const UNLINK_KEYS = 500;

/**
 * Removes keys with few commands. One command may name all keys of a group. While a cluster moves a slot, a command
 * with keys on both nodes fails with TRYAGAIN; its keys are then removed one by one.
 * @returns how many keys existed
 * @see https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#multi-key-operations
 */
export async function unlinkAll<K extends string | Buffer>(
  groups: readonly (readonly K[])[],
  send: (chunk: readonly K[]) => Promise<unknown>,
): Promise<number> {
  const chunks = groups.flatMap(toChunks);
  return sumOf(
    chunks.map((chunk) =>
      send(chunk).catch((error: unknown) => {
        if (chunk.length === 1 || !isSlotMigrating(error)) throw error;
        return sumOf(chunk.map((key) => send([key])));
      }),
    ),
  );
}

async function sumOf(counts: readonly Promise<unknown>[]): Promise<number> {
  const replies = await allOrLeastCertain(counts);
  return replies.reduce<number>((sum, count) => sum + Number(count), 0);
}

function toChunks<K>(keys: readonly K[]): readonly K[][] {
  return Array.from({ length: Math.ceil(keys.length / UNLINK_KEYS) }, (_, i) =>
    keys.slice(i * UNLINK_KEYS, (i + 1) * UNLINK_KEYS),
  );
}

/** A command had keys on both nodes of a slot that moves. It was not executed. */
export function isSlotMigrating(error: unknown): boolean {
  return error instanceof RedisInfraError && error.context.reply === 'TRYAGAIN';
}
