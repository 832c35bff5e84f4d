import { RedisInfraError, type ErrorContext, type Outcome } from '../../common/redis-infra.error.js';
import { wrongType } from '../../domain/models/counter.js';
import { handshakeError, isReply, PASSING_STATES } from './handshake-error.js';
import { permissionHint } from './permission-hint.js';
import { firstWord } from './reply-words.js';

export { isReply };

/**
 * The one place where errors of ioredis and of the server become ours. Nothing of the originals is passed on but the reply's
 * first word and the system's error: ioredis puts the command's arguments on its errors, and Redis quotes them in some replies.
 * Replies before `ready` are the matter of `handshake/handshake-error.ts`.
 */
export function toRedisInfraError(error: unknown, command: string): RedisInfraError {
  if (error instanceof RedisInfraError) return error;
  if (isReply(error)) return fromReply(error.message, command);
  const lastReply = lastRedirection(error);
  return lastReply === undefined ? fromTransport(error, command) : fromReply(lastReply, command, REDIRECTIONS);
}

/** The command was redirected as often as ioredis follows: the nodes do not agree yet, or the slots that are known are old. */
export function isRedirection({ context, retryable }: RedisInfraError): boolean {
  return retryable && REDIRECTIONS.has(String(context.reply));
}

/**
 * The reply at which ioredis gave up to send a command to one node of a cluster after another. Each of them only said that it was
 * not the one, so it was not executed; unless the last error was no reply.
 */
function lastRedirection(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  return /^Too many Cluster redirections\. Last error: ReplyError: (.*)$/s.exec(error.message)?.[1];
}

/** Why no node of a cluster could be asked: what the last of them replied, else what is known already; any other error is itself. */
export function nodeFailure(error: unknown, previous: unknown): unknown {
  if (!(error instanceof Error) || !('lastNodeError' in error)) return error;
  return isReply(error.lastNodeError) ? error.lastNodeError : (previous ?? error.lastNodeError);
}

/** The owner has ended the connection. */
export function disconnected(command?: string): RedisInfraError {
  return new RedisInfraError(
    'CLOSED',
    `${prefixOf(command)}the store was disconnected; call connect() to use it again`,
  );
}

/** There is no connection: why a command was not sent, or why there is none. */
export function notConnected(found: unknown, command?: string): RedisInfraError {
  // The error of a node of a cluster names its command already.
  if (found instanceof RedisInfraError && command !== undefined && found.context.command === command) return found;
  const notSent = prefixOf(command);
  const reason = handshakeError(found) ?? found;
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

/** Passing states of a cluster in which no node took the command. To a client of one server they say that it is a node of a cluster. */
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
      `${command}: Redis is at its maxmemory and its policy lets nothing go`,
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
    : 'was sent, and the connection closed before its answer came';
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

/** As Node.js writes its codes; an error of a function of the application may have another, and a secret in its message. */
function isSystemCode(code: unknown): boolean {
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]*$/.test(code);
}

function systemCode(error: unknown): ErrorContext {
  const found = systemError(error);
  return found === undefined ? {} : { system: found.code };
}

function named(command: string | undefined): ErrorContext {
  return command === undefined ? {} : { command };
}
