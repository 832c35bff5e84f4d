import type { Redis } from 'ioredis';
import type { PeerLimits } from '../../wire/peer-limits.js';

/**
 * Whether the connection is in the database of its options. Some services answer SELECT with OK and do nothing, which
 * CLIENT INFO shows. When the connection is in another database, an error is emitted and the connection is closed. When
 * the server does not answer CLIENT INFO, the answer to SELECT counts.
 * @see https://redis.io/docs/latest/operate/rs/references/compatibility/commands/connection/
 */
export async function isInDatabase(redis: Redis, peer: PeerLimits): Promise<boolean> {
  const { stream } = redis;
  const { db = 0 } = redis.options;
  // The application may have selected another database on the client. ioredis selects it again when it reconnects.
  if (db === 0 || redis.condition?.select !== db || peer.forbids('CLIENT')) return true;
  const info: unknown = await redis.call('CLIENT', 'INFO').catch(() => '');
  const actual = typeof info === 'string' ? /(?:^| )db=(\d+)/.exec(info)?.[1] : undefined;
  if (actual === undefined || Number(actual) === db) return true;
  redis.emit('error', ignoredSelect(db, actual));
  stream.destroy();
  return false;
}

function ignoredSelect(db: number, actual: string): Error {
  const command = { name: 'select', args: [String(db)] };
  return Object.assign(new Error(`OK and stays in database ${actual}`), { name: 'ReplyError', command });
}
