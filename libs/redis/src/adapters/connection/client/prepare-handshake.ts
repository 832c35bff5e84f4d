import type { Redis } from 'ioredis';
import { watchHangUps } from '../../ioredis-seams/hang-up.js';
import { takeOverHandshake } from '../../ioredis-seams/handshake-commands.js';
import { corkHandshake } from '../../ioredis-seams/handshake-cork.js';
import { watchHandshake } from '../../ioredis-seams/handshake-watch.js';
import type { PeerLimits } from '../../wire/peer-limits.js';

export interface HandshakeParts {
  readonly peer: PeerLimits;
  readonly connectTimeoutMs: number;
}

/**
 * Installs the seams of the handshake on a client that is not connected yet, for proxies and managed services that
 * answer differently from Redis.
 */
export function prepareHandshake(redis: Redis, { peer, connectTimeoutMs }: HandshakeParts): void {
  corkHandshake(redis);
  takeOverHandshake(redis, peer);
  watchHangUps(redis, peer);
  watchHandshake(redis, connectTimeoutMs);
}
