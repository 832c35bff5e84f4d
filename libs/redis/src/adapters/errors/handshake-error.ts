import { RedisInfraError, type ErrorContext } from '../../common/redis-infra.error.js';
import { permissionHint } from './permission-hint.js';
import { isTemporary } from './reply-table.js';
import { firstArgumentOf, firstWord, stepOf, wordsOf } from './reply-words.js';

/** Whether an error is an error reply of the server. */
export function isReply(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ReplyError';
}

/** Whether the server accepts no more connections. @see https://redis.io/docs/latest/develop/reference/clients/ */
export function isOutOfConnections(text: string): boolean {
  return /max number of clients/i.test(text);
}

/** Whether the reply refuses the credentials, or requires some. */
export function isAboutCredentials(text: string): boolean {
  return (
    /^(?:NOAUTH|WRONGPASS)\b/.test(text) || /invalid (?:username|password)|AUTH failed|no password is set/i.test(text)
  );
}

/**
 * Whether an error is a permanent refusal: no temporary state, and no refused credentials, which are a separate error.
 */
export function isLastingRefusal(error: unknown): error is Error {
  return (
    isReply(error) &&
    !isTemporary(firstWord(error.message)) &&
    !isOutOfConnections(error.message) &&
    !isAboutCredentials(error.message)
  );
}

/**
 * The error of a handshake that the server refused, or answered with bytes that are not RESP; undefined for any other
 * error. It is `retryable` when the state is temporary. Otherwise the connection must not be used: the server refused
 * the credentials or the database, and would execute commands as another user or in another database.
 */
export function handshakeError(error: unknown): RedisInfraError | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error instanceof RedisInfraError) return isExplained(error) ? error : undefined;
  if (isProtocolError(error)) {
    return failed('the server at this address does not use the Redis protocol: check host, port and TLS', {
      context: { reason: 'PROTOCOL' },
      cause: new Error(error.name),
    });
  }
  const reply = isReply(error) ? error : replyWithoutCommand(error);
  return reply === undefined ? undefined : ofReply(reply);
}

function ofReply(reply: Error): RedisInfraError {
  const step = stepOf(reply);
  const word = firstWord(reply.message);
  const words = wordsOf(reply);
  const facts = { ...(step === undefined ? {} : { step }), reply: word };
  const answered = `Redis answered ${step === undefined ? '' : `${step} `}with "${words}"`;
  if (isOutOfConnections(reply.message)) {
    const message = `the server accepts no more connections, its maxclients is reached: ${answered}`;
    return failed(message, { context: { ...facts, reason: 'MAX_CLIENTS' }, retryable: true });
  }
  if (isTemporary(word)) return failed(answered, { context: facts, retryable: true });
  const { reason, advice } = refusal(reply, word, step);
  return failed(`${answered}: ${advice}`, { context: { ...facts, reason } });
}

interface Refusal {
  readonly reason: string;
  readonly advice: string;
}

function refusal(reply: Error, word: string, step: string | undefined): Refusal {
  const { message } = reply;
  if (word === 'NOAUTH') return { reason: word, advice: 'the server requires a password; set username and password' };
  if (isAboutCredentials(message)) return { reason: 'WRONGPASS', advice: 'check username and password' };
  if (word === 'NOPERM') return { reason: word, advice: permissionHint(message, step ?? '') };
  if (/cluster support disabled/i.test(message)) {
    const advice = 'the server is not a cluster node; remove `nodes`, or +cluster from the url';
    return { reason: 'NO_CLUSTER', advice };
  }
  if (step === 'SELECT') {
    const advice = `the server refuses database ${firstArgumentOf(reply)}; check db`;
    return { reason: /DB index is out of range|SELECT is not allowed/i.test(message) ? 'DB_RANGE' : 'REFUSED', advice };
  }
  return { reason: 'REFUSED', advice: 'the connection cannot be used' };
}

interface FailureInit {
  readonly context: ErrorContext;
  readonly retryable?: boolean;
  readonly cause?: Error;
}

function failed(message: string, { context, retryable = false, cause }: FailureInit): RedisInfraError {
  return new RedisInfraError('CONNECTION_FAILED', message, { context, retryable, cause });
}

/** Whether an error has a reason already, as those of TLS and of the Sentinels do. */
function isExplained({ code, context }: RedisInfraError): boolean {
  return code === 'CONNECTION_FAILED' && context.reason !== undefined;
}

/** ioredis ends the message of every parser error with this text. */
function isProtocolError(error: Error): boolean {
  return error.message.endsWith('Please report this.');
}

/**
 * The reply in an error that ioredis throws for a reply without a command. A server at its maxclients replies before
 * the first command.
 */
function replyWithoutCommand(error: Error): Error | undefined {
  const text = /^Command queue state error\..* Last error: (.*)$/s.exec(error.message)?.[1];
  return text === undefined ? undefined : new Error(text);
}
