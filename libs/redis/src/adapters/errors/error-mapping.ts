import { RedisInfraError, type ErrorContext } from '../../common/redis-infra.error.js';
import { wrongType } from '../../domain/models/counter.js';
import { handshakeError, isReply } from './handshake-error.js';
import { permissionHint, permissionReply } from './permission-hint.js';
import { REPLIES, replyRow, type ReplyRow } from './reply-table.js';
import { firstWord } from './reply-words.js';

export { isReply };

/**
 * Maps an error of ioredis or of the server. Only the first word of a reply and the system error are kept, because
 * ioredis adds the arguments of the command to its errors, and Redis quotes them in some replies. See
 * `handshake-error.ts` for the replies of the handshake.
 */
export function toRedisInfraError(error: unknown, command: string): RedisInfraError {
  if (error instanceof RedisInfraError) return error;
  if (isReply(error)) return fromReply(error.message, command);
  const lastReply = lastRedirection(error);
  return lastReply === undefined ? fromTransport(error, command) : fromReply(lastReply, command, true);
}

/**
 * Whether ioredis gave up after its maximum number of redirections. The nodes do not agree yet, or the client has old
 * slots.
 */
export function isRedirection({ context, retryable }: RedisInfraError): boolean {
  return retryable && replyRow(String(context.reply)).retryable === 'after-redirections';
}

/**
 * The last reply before ioredis gave up to follow redirections. No node executed the command, because each one
 * redirected it. Undefined for other errors, and when the last error was no reply.
 */
function lastRedirection(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  return /^Too many Cluster redirections\. Last error: ReplyError: (.*)$/s.exec(error.message)?.[1];
}

/**
 * The reason why no node of a cluster could be queried: its last reply, or else the previous error. Any other error is
 * returned unchanged.
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

/** The messages for the codes whose meaning does not depend on the text of the reply. */
const EXPLANATIONS = {
  READ_ONLY: 'this server is a replica and takes no writes',
  OUT_OF_MEMORY: 'Redis has reached its maxmemory and cannot evict keys',
} as const satisfies Record<Exclude<ReplyRow['code'], 'COMMAND_FAILED' | 'WRONG_TYPE'>, string>;

function fromReply(reply: string, command: string, isAfterRedirections = false): RedisInfraError {
  const message = permissionReply(reply);
  const word = firstWord(message);
  const { code, retryable } = isAboutType(message) ? REPLIES.WRONGTYPE : replyRow(word);
  if (code === 'WRONG_TYPE') return wrongType(command, 'what this command is for');
  const explanation = code === 'COMMAND_FAILED' ? answer(word, message, command) : EXPLANATIONS[code];
  return new RedisInfraError(code, `${command}: ${explanation}`, {
    outcome: 'not-executed',
    retryable: retryable === 'after-redirections' ? isAfterRedirections : retryable,
    context: { command, reply: word },
  });
}

/** Redis reports text in a counter with the word `ERR`. */
function isAboutType(message: string): boolean {
  return /not an integer|not a valid float/i.test(message);
}

function answer(word: string, message: string, command: string): string {
  return `Redis answered ${word}${word === 'NOPERM' ? `: ${permissionHint(message, command)}` : ''}`;
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
  return isSystemError(error) ? error : undefined;
}

/**
 * Whether a code has the form of Node.js. An error of an application's function may have another code, and a secret in
 * its message.
 */
function isSystemError(error: unknown): error is SystemError {
  if (!(error instanceof Error) || !('code' in error) || 'command' in error) return false;
  return typeof error.code === 'string' && /^[A-Z][A-Z0-9_]*$/.test(error.code);
}

function systemCode(error: unknown): ErrorContext {
  const system = systemError(error);
  return system === undefined ? {} : { system: system.code };
}

function named(command: string | undefined): ErrorContext {
  return command === undefined ? {} : { command };
}
