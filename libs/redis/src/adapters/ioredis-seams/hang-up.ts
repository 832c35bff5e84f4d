import type { Redis } from 'ioredis';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import type { HangUpStep, PeerLimits } from '../wire/peer-limits.js';
import { stepOf } from '../errors/reply-words.js';

const STEPS: Readonly<Record<string, HangUpStep>> = { HELLO: 'HELLO', INFO: 'INFO', CLIENT: 'CLIENT' };
/** What a socket reports when its peer closed it before all was written. */
const CLOSED_BY_PEER: ReadonlySet<unknown> = new Set(['ECONNRESET', 'EPIPE']);

/**
 * Notices a peer that closes the connection instead of answering a command of the handshake, emits which one it was, and leaves out
 * what can be left out at the next attempts. ioredis only reports that the connection was closed. Its queue of unanswered commands
 * (`commandQueue`) is read right before it is flushed.
 */
export function watchHangUps(redis: Redis, peer: PeerLimits): void {
  const leaveOut = optionsWithout(redis, peer);
  leaveOut();
  redis.on('connect', () => {
    const { stream } = redis;
    let hasAnswered = false;
    let code: unknown;
    stream.once('data', () => (hasAnswered = true));
    stream.once('end', () => (code = 'EOF'));
    stream.once('error', (error: Error) => (code = 'code' in error ? error.code : undefined));
    stream.prependOnceListener('close', () => {
      const item = redis.commandQueue.peekFront();
      const isClosedByPeer = code === 'EOF' || CLOSED_BY_PEER.has(code);
      if (item !== undefined && isClosedByPeer) report({ redis, peer, command: item.command, hasAnswered, code });
      leaveOut();
    });
  });
}

interface HangUp {
  readonly redis: Redis;
  readonly peer: PeerLimits;
  readonly command: { readonly name: string; readonly args: readonly unknown[] };
  readonly hasAnswered: boolean;
  readonly code: unknown;
}

function report({ redis, peer, command, hasAnswered, code }: HangUp): void {
  const name = stepOf(Object.assign(new Error(), { command })) ?? '';
  const step = name === 'CLIENT KILL' ? name : STEPS[name.replace(/ .*/, '')];
  peer.hungUp(step, hasAnswered);
  const isConnecting = redis.status === 'connect' || step !== undefined || name === 'PING';
  if (isConnecting && redis.listenerCount('error') > 0) redis.emit('error', closedError(name, { hasAnswered, code }));
}

function closedError(step: string, { hasAnswered, code }: Pick<HangUp, 'hasAnswered' | 'code'>): RedisInfraError {
  const hint = hasAnswered
    ? ''
    : '; it may expect TLS, be out of connections (maxclients), or be a proxy without a server';
  return new RedisInfraError(
    'CONNECTION_FAILED',
    `the server closed the connection instead of answering ${step}${hint}`,
    {
      context: { step, ...(typeof code === 'string' && code !== 'EOF' ? { system: code } : {}) },
    },
  );
}

/** Takes from the options of the client, before each attempt, what its peer does not answer. */
function optionsWithout(redis: Redis, peer: PeerLimits): () => void {
  const { options } = redis;
  const { protocol, disableClientInfo, connectionName, enableReadyCheck } = options;
  return () => {
    options.protocol = peer.avoids('HELLO') ? 2 : protocol;
    options.disableClientInfo = peer.avoids('CLIENT') || disableClientInfo;
    options.connectionName = peer.avoids('CLIENT') ? undefined : connectionName;
    options.enableReadyCheck = !peer.avoids('INFO') && enableReadyCheck;
  };
}
