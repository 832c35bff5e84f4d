import { RedisInfraError, type ErrorContext, type Outcome } from '../../common/redis-infra.error.js';
import { wrongType } from '../../domain/models/counter.js';
import { handshakeError, isReply, PASSING_STATES } from './handshake-error.js';
import { permissionHint } from './permission-hint.js';
import { firstWord } from './reply-words.js';

export { isReply };

/**
 * Maps an error of ioredis or of the server. Only the first word of a reply and the system error are kept, because
 * ioredis adds the arguments
 * of the command to its errors, and Redis quotes them in some replies. See `handshake-error.ts` for the replies of the handshake.
 */
export function toRedisInfraError(error: unknown, command: string): RedisInfraError {
  if (error instanceof RedisInfraError) return error;
  if (isReply(error)) return fromReply(error.message, command);
  const lastReply = lastRedirection(error);
  return lastReply === undefined ? fromTransport(error, command) : fromReply(lastReply, command, REDIRECTIONS);
}

/** Whether ioredis gave up after its maximum number of redirections. The nodes do not agree yet, or the client has old slots. */
export function isRedirection({ context, retryable }: RedisInfraError): boolean {
  return retryable && REDIRECTIONS.has(String(context.reply));
}

/**
 * The last reply before ioredis gave up to follow redirections. No node executed the command, because each one
 * redirected it. Undefined for
 * other errors, and when the last error was no reply.
 */
function lastRedirection(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  return /^Too many Cluster redirections\. Last error: ReplyError: (.*)$/s.exec(error.message)?.[1];
}

/**
 * The reason why no node of a cluster could be queried: its last reply, or else the previous error. Any other error
 * is returned unchanged.
 */
export function nodeFailure(error: unknown, previous: unknown): unknown {
  if (!(error instanceof Error) || !('lastNodeError' in error)) return error;
  return isReply(error.lastNodeError) ? error.lastNodeError : (previous ?? error.lastNodeError);
}

/** The error for a store that its owner disconnected. */
export function disconnected(command?: string): RedisInfraError {
  return new RedisInfraError(
    'CLOSED',
    `${prefixOf(command)}the store was disconnected; call connect() to use it again`,
  );
}

/** The error for a missing connection: of a command that was not sent, or without a command. */
export function notConnected(failure: unknown, command?: string): RedisInfraError {
  // The error of a cluster node contains its command already.
  if (failure instanceof RedisInfraError && command !== undefined && failure.context.command === command)
    return failure;
  const notSent = prefixOf(command);
  const reason = handshakeError(failure) ?? failure;
  if (reason instanceof RedisInfraError) {
    const { code, retryable, cause } = reason;
    return new RedisInfraError(code, notSent + reason.message, {
      retryable,
      context: { ...reason.context, ...named(command) },
      cause,
    });
  }
  const system = systemError(reason);
  return new RedisInfraError(
    'CONNECTION_FAILED',
    `${notSent}Redis cannot be reached${system === undefined ? '' : ` (${system.code})`}`,
    {
      context: { ...named(command), ...systemCode(reason) },
      cause: system,
    },
  );
}

function prefixOf(command: string | undefined): string {
  return command === undefined ? '' : `${command} was not sent: `;
}

/** Replies of a cluster that are temporary after several redirections. To a client of one server they mean that it is a cluster node. */
const REDIRECTIONS: ReadonlySet<string> = new Set(['MOVED', 'ASK']);

function fromReply(message: string, command: string, passing: ReadonlySet<string> = new Set()): RedisInfraError {
  const word = firstWord(message);
  const init = { outcome: 'not-executed' as Outcome, context: { command, reply: word } };
  if (word === 'WRONGTYPE' || /not an integer|not a valid float/i.test(message))
    return wrongType(command, 'what this command is for');
  if (word === 'READONLY')
    return new RedisInfraError('READ_ONLY', `${command}: this server is a replica and takes no writes`, init);
  if (word === 'OOM')
    return new RedisInfraError(
      'OUT_OF_MEMORY',
      `${command}: Redis has reached its maxmemory and cannot evict keys`,
      init,
    );
  const hint = word === 'NOPERM' ? `: ${permissionHint(message, command)}` : '';
  return new RedisInfraError('COMMAND_FAILED', `${command}: Redis answered ${word}${hint}`, {
    ...init,
    retryable: PASSING_STATES.has(word) || passing.has(word),
  });
}

function fromTransport(error: unknown, command: string): RedisInfraError {
  const notSent = error instanceof Error && error.message.startsWith("Stream isn't writeable");
  const message = notSent
    ? 'was not sent: Redis is not connected'
    : 'was sent, but the connection closed before the reply';
  return new RedisInfraError('CONNECTION_FAILED', `${command} ${message}`, {
    outcome: notSent ? 'not-sent' : 'unknown',
    context: { command, ...systemCode(error) },
    cause: systemError(error),
  });
}

interface SystemError extends Error {
  readonly code: string;
}

function systemError(error: unknown): SystemError | undefined {
  return error instanceof Error && 'code' in error && isSystemCode(error.code) && !('command' in error)
    ? (error as SystemError)
    : undefined;
}

/** Whether a code has the form of Node.js. An error of an application's function may have another code, and a secret in its message. */
function isSystemCode(code: unknown): boolean {
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]*$/.test(code);
}

function systemCode(error: unknown): ErrorContext {
  const system = systemError(error);
  return system === undefined ? {} : { system: system.code };
}

function named(command: string | undefined): ErrorContext {
  return command === undefined ? {} : { command };
}
