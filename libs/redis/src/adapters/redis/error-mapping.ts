import { RedisInfraError, type ErrorContext, type Outcome } from '../../common/redis-infra.error.js';
import { wrongType } from '../../domain/models/counter.js';

/**
 * The one place where errors of ioredis and of the server become ours. Nothing of the originals is passed on but the reply's
 * first word and the system's error: ioredis puts the command's arguments on its errors, and Redis quotes them in some replies.
 */
export function toRedisInfraError(error: unknown, command: string): RedisInfraError {
  if (error instanceof RedisInfraError) return error;
  if (isReply(error)) return fromReply(error.message, command);
  const lastReply = lastRedirection(error);
  return lastReply === undefined ? fromTransport(error, command) : fromReply(lastReply, command);
}

/**
 * The reply at which ioredis gave up to send a command to one node of a cluster after another. Each of them only said that it was
 * not the one, so it was not executed; unless the last error was no reply.
 */
function lastRedirection(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  return /^Too many Cluster redirections\. Last error: ReplyError: (.*)$/s.exec(error.message)?.[1];
}

/** An answer of the server, in contrast to none. */
export function isReply(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ReplyError';
}

/** Why the server, though it answers, will not serve us: no waiting mends it. Undefined for whatever may pass by itself. */
export function misconfiguration(error: unknown): RedisInfraError | undefined {
  if (!(error instanceof Error)) return undefined;
  if (isProtocolError(error)) {
    return refused(
      'what listens at this address does not speak the Redis protocol: check host, port and TLS',
      { reason: 'PROTOCOL' },
      error,
    );
  }
  if (!isReply(error)) return undefined;
  const word = firstWord(error.message);
  if (word === 'NOAUTH')
    return refused('Redis asks for a password and none was given: set username and password', { reason: word });
  if (word === 'WRONGPASS' || /invalid password|AUTH failed|no password is set/i.test(error.message)) {
    return refused('Redis refused the credentials: check username and password', { reason: 'WRONGPASS' });
  }
  if (word === 'NOPERM')
    return refused('the user may not even say hello: give it +hello +client +info +ping', { reason: word });
  if (/cluster support disabled/i.test(error.message)) {
    return refused('the server is no node of a cluster: leave `nodes` or the +cluster of the url away', {
      reason: 'NO_CLUSTER',
    });
  }
  if (/DB index is out of range|SELECT is not allowed/i.test(error.message)) {
    return refused('the server has no database of that number: check db (and `databases` of the server)', {
      reason: 'DB_RANGE',
    });
  }
  return undefined;
}

/** Why no node of a cluster could be asked: what the last of them replied, else what is known already; any other error is itself. */
export function nodeFailure(error: unknown, known: unknown): unknown {
  if (!(error instanceof Error) || !('lastNodeError' in error)) return error;
  return isReply(error.lastNodeError) ? error.lastNodeError : (known ?? error.lastNodeError);
}

/** The owner has ended the connection. */
export function disconnected(command?: string): RedisInfraError {
  return new RedisInfraError(
    'CLOSED',
    `${prefixOf(command)}the store was disconnected; call connect() to use it again`,
  );
}

/** There is no connection: why a command was not sent, or why there is none. */
export function notConnected(reason: unknown, command?: string): RedisInfraError {
  // The error of a node of a cluster names its command already.
  if (reason instanceof RedisInfraError && command !== undefined && reason.context.command === command) return reason;
  const notSent = prefixOf(command);
  if (reason instanceof RedisInfraError) {
    const { code, retryable, cause } = reason;
    return new RedisInfraError(code, notSent + reason.message, {
      retryable,
      context: { ...reason.context, ...named(command) },
      cause,
    });
  }
  const found = systemError(reason);
  return new RedisInfraError(
    'CONNECTION_FAILED',
    `${notSent}Redis cannot be reached${found === undefined ? '' : ` (${found.code})`}`,
    {
      context: { ...named(command), ...systemCode(reason) },
      cause: found,
    },
  );
}

function prefixOf(command: string | undefined): string {
  return command === undefined ? '' : `${command} was not sent: `;
}

const NODE_STATES: ReadonlySet<string> = new Set([
  'LOADING',
  'BUSY',
  'MASTERDOWN',
  'CLUSTERDOWN',
  'TRYAGAIN',
  'NOREPLICAS',
  'MISCONF',
]);

function fromReply(message: string, command: string): RedisInfraError {
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
  return new RedisInfraError('COMMAND_FAILED', `${command}: Redis answered ${word}`, {
    ...init,
    retryable: NODE_STATES.has(word),
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

function refused(message: string, context: ErrorContext, cause?: Error): RedisInfraError {
  return new RedisInfraError('CONNECTION_FAILED', message, {
    retryable: false,
    context,
    cause: cause && new Error(cause.name),
  });
}

/** Redis begins every error with a word in capitals; anything else may be data. */
function firstWord(message: string): string {
  return /^[A-Z][A-Z_]*(?=\s|$)/.exec(message)?.[0] ?? 'ERR';
}

function isProtocolError(error: Error): boolean {
  return error.message.endsWith('Please report this.');
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
