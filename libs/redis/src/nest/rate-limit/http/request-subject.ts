import { createHash } from 'node:crypto';
import { optionInvalid } from '../../../common/options.js';
import { clientAddress } from './client-address.js';
import type { GuardedRequest } from './guarded-request.js';
import type { GuardedCall } from './guarded-call.js';
import { errorOnHandler } from '../policies/handler-context.js';
import type { SubjectOf } from '../policies/rate-limit.metadata.js';
import type { SubjectKind } from '../policies/rate-limit.options.js';

type Subject = string | undefined;

/**
 * Returns the subject of a call.
 * @throws RedisInfraError OPTION_INVALID, or rejects with it, when the call has no subject
 */
export type SubjectSource = (call: GuardedCall) => string | Promise<string>;

const BEARER = /^Bearer +(\S+) *$/i;
/** The prefixes of built-in subjects. A subject of a function that begins with one of them gets the prefix `key:`. */
const RESERVED_PREFIX = /^(?:ip|user|api-key|key|sha256):/;
/** Subjects become part of Redis keys. A longer one, which a client may have sent, is replaced by its digest. */
const MAX_CHARS = 256;

const REMEDY = 'use @RateLimitKey to count by something else, or @SkipRateLimit to exempt the handler';

const KINDS: Readonly<
  Record<SubjectKind, { readonly of: (request: GuardedRequest) => Subject; readonly absent: string }>
> = {
  ip: { of: addressOf, absent: `the request has no client address: ${REMEDY}` },
  user: {
    of: userOf,
    absent: `the request has no user.id and no user.sub: authenticate the user in a guard that runs earlier; ${REMEDY}`,
  },
  'api-key': {
    of: apiKeyOf,
    absent: `the request has neither an x-api-key nor a Bearer token: reject it in a guard that runs earlier; ${REMEDY}`,
  },
};

/** Reads subjects of this kind. The kind is their prefix, so that subjects of different kinds never collide. */
export function subjectOfKind(kind: SubjectKind): SubjectSource {
  const { of, absent } = KINDS[kind];
  return ({ request }) => {
    const subject = of(request);
    if (subject === undefined || subject === '') throw optionInvalid('rateLimit.key', absent);
    return limitLength(`${kind}:${subject}`);
  };
}

/** Reads subjects with a function. `path` is its option or decorator, for errors. */
export function subjectOfFunction(subjectOf: SubjectOf, path: string): SubjectSource {
  const toSubject = (subject: unknown): string => {
    if (typeof subject === 'string' && subject !== '')
      return limitLength(RESERVED_PREFIX.test(subject) ? `key:${subject}` : subject);
    throw optionInvalid(
      path,
      `returned ${subject === '' ? "''" : typeof subject}: return a non-empty string, or such requests would share one count`,
    );
  };
  return ({ context }) => {
    const subject = subjectOf(context);
    return typeof subject === 'string' || subject === undefined
      ? toSubject(subject)
      : Promise.resolve(subject).then(toSubject);
  };
}

/**
 * The same source, except for messages of other packages, for example RabbitMQ: their senders control the content, so
 * it does not identify them.
 */
export function exceptMessages(source: SubjectSource): SubjectSource {
  return (call) => {
    if (call.kind !== 'other') return source(call);
    const error = optionInvalid(
      'RateLimitKey',
      `is required on handlers of the kind '${call.context.getType<string>()}': the guard reads no subject from their messages`,
    );
    throw errorOnHandler(error, call.context);
  };
}

function limitLength(subject: string): string {
  return subject.length <= MAX_CHARS ? subject : `sha256:${digest(subject)}`;
}

function addressOf(request: GuardedRequest): Subject {
  const { ip, socket, handshake, _socket: inner } = request;
  const text = ip ?? handshake?.address ?? (socket ?? inner ?? request.getSocketRef?.()?.socket)?.remoteAddress;
  return typeof text === 'string' ? clientAddress(text) : undefined;
}

function userOf(request: GuardedRequest): Subject {
  const user = request.user ?? request.data?.user;
  const name = isPresent(user?.id) ? 'id' : 'sub';
  const id = user?.[name];
  if (typeof id === 'number' && !Number.isFinite(id))
    throw optionInvalid('rateLimit.key', `user.${name} is ${id}: it must be a string, a bigint or a finite number`);
  return typeof id === 'string' || typeof id === 'number' || typeof id === 'bigint' ? String(id) : undefined;
}

function isPresent(id: unknown): boolean {
  return id !== undefined && id !== null && id !== '';
}

/**
 * Hashed, so that stored data does not reveal the API key. Ignores an empty header, which some proxies and clients
 * send.
 */
function apiKeyOf(request: GuardedRequest): Subject {
  const headers = request.headers ?? request.handshake?.headers;
  const own = headers?.['x-api-key'];
  const { authorization } = headers ?? {};
  const key = isPresent(own) ? own : typeof authorization === 'string' ? BEARER.exec(authorization)?.[1] : undefined;
  return typeof key === 'string' && key !== '' ? digest(key).slice(0, 22) : undefined;
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
