import type { Redis } from 'ioredis';
import { isLastingRefusal, isReply } from '../../errors/handshake-error.js';
import type { PeerLimits } from '../../wire/peer-limits.js';
import { firstWord, wordsOf } from '../../errors/reply-words.js';

/**
 * Whether the peer answers commands at all, where INFO does not show it: a proxy without a server, or something that only looks like
 * Redis, answers all of them with errors. A user who may not send PING is known to a server, which is enough. If it does not answer, the
 * error is emitted and the connection is closed; ioredis then connects again.
 */
export async function isAnswering(redis: Redis, peer: PeerLimits): Promise<boolean> {
  if (!peer.lacksReadyCheck) return true;
  const { stream } = redis;
  try {
    await redis.ping().catch(unlessForbidden);
    if (peer.triesWithoutInfo) await redis.info('server').catch((error: unknown) => infoRefused(error, peer));
    return true;
  } catch (error) {
    redis.emit('error', error);
    stream.destroy();
    return false;
  }
}

function unlessForbidden(error: unknown): void {
  if (!isReply(error) || firstWord(error.message) !== 'NOPERM') throw error;
}

/** After PING was answered, a connection that is closed at INFO is closed because of it. */
function infoRefused(error: unknown, peer: PeerLimits): void {
  if (!isLastingRefusal(error)) throw error;
  peer.refused('INFO', wordsOf(error));
}
