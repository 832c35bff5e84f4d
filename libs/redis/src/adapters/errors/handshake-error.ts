import { RedisInfraError, type ErrorContext } from '../../common/redis-infra.error.js';
import { permissionHint } from './permission-hint.js';
import { firstArgumentOf, firstWord, stepOf, wordsOf } from './reply-words.js';

/** An answer of the server, in contrast to none. */
export function isReply(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ReplyError';
}

/** States of a server that pass by themselves, by the first word of its replies. */
export const PASSING_STATES: ReadonlySet<string> = new Set([
  'LOADING',
  'BUSY',
  'MASTERDOWN',
  'CLUSTERDOWN',
  'TRYAGAIN',
  'NOREPLICAS',
  'MISCONF',
]);

/** The server has no room for another connection. @see https://redis.io/docs/latest/develop/reference/clients/ */
export function isOutOfConnections(text: string): boolean {
  return /max number of clients/i.test(text);
}

/** The reply refuses the credentials, or asks for some. */
export function isAboutCredentials(text: string): boolean {
  return (
    /^(?:NOAUTH|WRONGPASS)\b/.test(text) || /invalid (?:username|password)|AUTH failed|no password is set/i.test(text)
  );
}

/** A reply that no waiting changes: neither a state that passes, nor one about credentials, which is an error of its own. */
export function isLastingRefusal(error: unknown): error is Error {
  return (
    isReply(error) &&
    !PASSING_STATES.has(firstWord(error.message)) &&
    !isOutOfConnections(error.message) &&
    !isAboutCredentials(error.message)
  );
}

/**
 * What an error reply before `ready` means for the connection, or bytes that are not RESP; undefined for any other error.
 * `retryable` where it may pass by itself. Otherwise the connection must not be used: the server refused the credentials, or the
 * database, and would take our commands for another user or into another database.
 */
export function handshakeError(error: unknown): RedisInfraError | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error instanceof RedisInfraError) return isExplained(error) ? error : undefined;
  if (isProtocolError(error)) {
    return failed('what listens at this address does not speak the Redis protocol: check host, port and TLS', {
      context: { reason: 'PROTOCOL' },
      cause: new Error(error.name),
    });
  }
  const reply = isReply(error) ? error : replyWithoutCommand(error);
  return reply === undefined ? undefined : ofReply(reply);
}

/** As `handshakeError`, but only what waiting does not mend. */
export function misconfiguration(error: unknown): RedisInfraError | undefined {
  const found = handshakeError(error);
  return found?.retryable === false ? found : undefined;
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
  if (PASSING_STATES.has(word)) return failed(answered, { context: facts, retryable: true });
  const { reason, advice } = refusal(reply, word, step);
  return failed(`${answered}: ${advice}`, { context: { ...facts, reason } });
}

interface Refusal {
  readonly reason: string;
  readonly advice: string;
}

function refusal(reply: Error, word: string, step: string | undefined): Refusal {
  const { message } = reply;
  if (word === 'NOAUTH')
    return { reason: word, advice: 'it asks for a password and none was given; set username and password' };
  if (isAboutCredentials(message)) return { reason: 'WRONGPASS', advice: 'check username and password' };
  if (word === 'NOPERM') return { reason: word, advice: permissionHint(message, step ?? '') };
  if (/cluster support disabled/i.test(message)) {
    const advice = 'the server is no node of a cluster; leave `nodes` or the +cluster of the url away';
    return { reason: 'NO_CLUSTER', advice };
  }
  if (step === 'SELECT') {
    const advice = `the server does not give us database ${firstArgumentOf(reply)}; check db`;
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

/** A failure of TLS or of the Sentinels is explained where it happens. */
function isExplained({ code, context }: RedisInfraError): boolean {
  return code === 'CONNECTION_FAILED' && context.reason !== undefined;
}

/** ioredis ends the message of every error of its parsers with this, in version 5 and 6. */
function isProtocolError(error: Error): boolean {
  return error.message.endsWith('Please report this.');
}

/** A reply that came before ioredis had sent anything: a server that is full answers at once. */
function replyWithoutCommand(error: Error): Error | undefined {
  const text = /^Command queue state error\..* Last error: (.*)$/s.exec(error.message)?.[1];
  return text === undefined ? undefined : new Error(text);
}
