import type { Redis } from 'ioredis';
import { isLastingRefusal, isReply } from '../../errors/handshake-error.js';
import type { PeerLimits } from '../../wire/peer-limits.js';
import { firstWord, wordsOf } from '../../errors/reply-words.js';

/**
 * Whether the peer executes commands. It is checked when the handshake contains no INFO, because a proxy without a
 * server answers every command with an error. NOPERM as the reply to PING is enough, because only a server knows its
 * users. Otherwise the error is emitted and the connection is closed, and ioredis connects again.
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

/** Records a refused INFO. PING was answered before, so a connection that closes now closes because of INFO. */
function infoRefused(error: unknown, peer: PeerLimits): void {
  if (!isLastingRefusal(error)) throw error;
  peer.refused('INFO', wordsOf(error));
}
