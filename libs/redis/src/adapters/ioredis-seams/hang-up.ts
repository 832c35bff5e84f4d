/**
 * Seam: `redis.commandQueue` (private), read right before ioredis empties it, and the options `protocol`,
 * `disableClientInfo`, `connectionName` and `enableReadyCheck`, which are changed before an attempt to connect.
 * Why: some proxies close the connection when they receive HELLO, CLIENT or INFO. ioredis only reports that the
 * connection closed, and sends the same command at the next attempt.
 * Upstream: ioredis `lib/redis/event_handler.ts` (`connectHandler`, `closeHandler`).
 */
import type { Redis } from 'ioredis';
import { definedMembers } from '../../common/defined-members.js';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import type { HangUpStep, PeerLimits } from '../wire/peer-limits.js';
import { stepOf } from '../errors/reply-words.js';

const STEPS: Readonly<Record<string, HangUpStep>> = { HELLO: 'HELLO', INFO: 'INFO', CLIENT: 'CLIENT' };
/** The errors of a socket that its peer closed: the codes of the system, and the reasons of `socket-failures.ts`. */
const CLOSED_BY_PEER: ReadonlySet<unknown> = new Set(['ECONNRESET', 'EPIPE']);
const CLOSED_REASONS: ReadonlySet<unknown> = new Set(['NO_ANSWER', 'TLS_CLOSED']);

/**
 * Detects a peer that closes the connection instead of answering a command of the handshake. Emits an error that names
 * the command, and leaves out the optional commands at the next attempts.
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

/** How the peer closed the connection; undefined members are not known. */
interface Closing {
  readonly system?: string | number | boolean | undefined;
  readonly reason?: string | number | boolean | undefined;
}

/** How the peer closed the connection; undefined for an error with another cause. */
function closingOf(error: Error): Closing | undefined {
  if (error instanceof RedisInfraError) return CLOSED_REASONS.has(error.context.reason) ? error.context : undefined;
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

/** Removes, before each attempt, the commands that the peer does not answer from the options of the client. */
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
