import type { Redis } from 'ioredis';
import { watchHangUps } from './hang-up.js';
import { takeOverHandshake } from './handshake-commands.js';
import { corkHandshake } from './handshake-cork.js';
import { watchHandshake } from './handshake-watch.js';
import type { PeerLimits } from './peer-limits.js';

export interface HandshakeParts {
  readonly peer: PeerLimits;
  readonly connectTimeoutMs: number;
}

/** Prepares a client that is not connected yet for servers, proxies and managed services that do not answer as Redis does. */
export function prepareHandshake(redis: Redis, { peer, connectTimeoutMs }: HandshakeParts): void {
  corkHandshake(redis);
  takeOverHandshake(redis, peer);
  watchHangUps(redis, peer);
  watchHandshake(redis, connectTimeoutMs);
}
