import type { Redis } from 'ioredis';
import { definedMembers } from '../../common/defined-members.js';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import type { HangUpStep, PeerLimits } from '../wire/peer-limits.js';
import { stepOf } from '../errors/reply-words.js';

const STEPS: Readonly<Record<string, HangUpStep>> = { HELLO: 'HELLO', INFO: 'INFO', CLIENT: 'CLIENT' };
/** The errors of a socket whose peer closed it: as the system reports them, and as `socket-failures.ts` explains them. */
const CLOSED_BY_PEER: ReadonlySet<unknown> = new Set(['ECONNRESET', 'EPIPE']);
const EXPLAINED: ReadonlySet<unknown> = new Set(['NO_ANSWER', 'TLS_CLOSED']);

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
    let closing: Closing | undefined;
    stream.once('data', () => (hasAnswered = true));
    stream.once('end', () => (closing = {}));
    stream.once('error', (error: Error) => (closing = closingOf(error)));
    stream.prependOnceListener('close', () => {
      const item = redis.commandQueue.peekFront();
      if (item !== undefined && closing !== undefined)
        report({ redis, peer, command: item.command, hasAnswered, closing });
      leaveOut();
    });
  });
}

/** How the peer closed the connection: the code of the system and the reason, where they are known. */
interface Closing {
  readonly system?: string | number | boolean | undefined;
  readonly reason?: string | number | boolean | undefined;
}

/** Undefined for an error that does not mean that the peer closed the connection. */
function closingOf(error: Error): Closing | undefined {
  if (error instanceof RedisInfraError) return EXPLAINED.has(error.context.reason) ? error.context : undefined;
  return 'code' in error && CLOSED_BY_PEER.has(error.code) ? { system: String(error.code) } : undefined;
}

interface HangUp {
  readonly redis: Redis;
  readonly peer: PeerLimits;
  readonly command: { readonly name: string; readonly args: readonly unknown[] };
  readonly hasAnswered: boolean;
  readonly closing: Closing;
}

function report({ redis, peer, command, hasAnswered, closing }: HangUp): void {
  const name = stepOf(Object.assign(new Error(), { command })) ?? '';
  const step = name === 'CLIENT KILL' ? name : STEPS[name.replace(/ .*/, '')];
  peer.hungUp(step, hasAnswered);
  const isConnecting = redis.status === 'connect' || step !== undefined || name === 'PING';
  if (isConnecting && redis.listenerCount('error') > 0)
    redis.emit('error', closedError(name, { hasAnswered, closing }));
}

function closedError(step: string, { hasAnswered, closing }: Pick<HangUp, 'hasAnswered' | 'closing'>): RedisInfraError {
  const hint = hasAnswered
    ? ''
    : '; it may expect TLS (use rediss://, or `tls`) or a certificate of the client, be out of connections (maxclients), or be a proxy without a server';
  return new RedisInfraError(
    'CONNECTION_FAILED',
    `the server closed the connection instead of answering ${step}${hint}`,
    { context: { step, ...definedMembers({ system: closing.system, reason: closing.reason }) } },
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
