import { createHash } from 'node:crypto';
import { optionInvalid } from '../../../common/options.js';
import { clientAddress } from './client-address.js';
import type { AskedRequest } from './guarded-request.js';
import type { GuardedCall } from './guarded-call.js';
import { errorOnHandler } from '../policies/handler-context.js';
import type { SubjectOf } from '../policies/rate-limit.metadata.js';
import type { SubjectKind } from '../policies/rate-limit.options.js';

type Subject = string | undefined;

/** Says whom a call is counted for. @throws RedisInfraError OPTION_INVALID, also rejected with, where there is nobody */
export type SubjectSource = (call: GuardedCall) => string | Promise<string>;

const BEARER = /^Bearer +(\S+) *$/i;
/** What a function returns is the subject as it stands, unless it could pass for one of another kind. */
const OF_A_KIND = /^(?:ip|user|api-key|key|sha256):/;
/** A subject is a part of a key; a longer one, which a client may have sent, is told apart by its digest as well. */
const MAX_CHARS = 256;

const REMEDY = 'RateLimitKey can count by something else, SkipRateLimit leaves the handler out';

const KINDS: Readonly<
  Record<SubjectKind, { readonly of: (request: AskedRequest) => Subject; readonly absent: string }>
> = {
  ip: { of: addressOf, absent: `the request has no address of a client: ${REMEDY}` },
  user: {
    of: userOf,
    absent: `the request has no user.id and no user.sub: sign the user in in a guard that runs before; ${REMEDY}`,
  },
  'api-key': {
    of: apiKeyOf,
    absent: `the request has neither an x-api-key nor a Bearer token: refuse it in a guard that runs before; ${REMEDY}`,
  },
};

/** Subjects of that kind, told apart from those of other kinds by what stands in front. */
export function subjectOfKind(kind: SubjectKind): SubjectSource {
  const { of, absent } = KINDS[kind];
  return ({ request }) => {
    const subject = of(request);
    if (subject === undefined || subject === '') throw optionInvalid('rateLimit.key', absent);
    return fitting(`${kind}:${subject}`);
  };
}

/** What the function says. `path` is where it was given. */
export function subjectOfFunction(subjectOf: SubjectOf, path: string): SubjectSource {
  const checked = (subject: unknown): string => {
    if (typeof subject === 'string' && subject !== '')
      return fitting(OF_A_KIND.test(subject) ? `key:${subject}` : subject);
    throw optionInvalid(
      path,
      `returned ${subject === '' ? "''" : typeof subject} and not whom to count for: all such requests would share one count`,
    );
  };
  return ({ context }) => {
    const subject = subjectOf(context);
    return typeof subject === 'string' || subject === undefined
      ? checked(subject)
      : Promise.resolve(subject).then(checked);
  };
}

/**
 * The same source, but not where the request is a message that another package hands on (RabbitMQ, for example): who sends it writes it, and
 * could be anybody.
 */
export function outsideOfMessages(source: SubjectSource): SubjectSource {
  return (call) => {
    if (call.kind !== 'other') return source(call);
    const error = optionInvalid(
      'RateLimitKey',
      `is needed on handlers of the kind '${call.context.getType<string>()}', since nothing is read from their messages`,
    );
    throw errorOnHandler(error, call.context);
  };
}

function fitting(subject: string): string {
  return subject.length <= MAX_CHARS ? subject : `sha256:${digest(subject)}`;
}

function addressOf(request: AskedRequest): Subject {
  const { ip, socket, handshake, _socket: inner } = request;
  const text = ip ?? handshake?.address ?? (socket ?? inner ?? request.getSocketRef?.()?.socket)?.remoteAddress;
  return typeof text === 'string' ? clientAddress(text) : undefined;
}

function userOf(request: AskedRequest): Subject {
  const user = request.user ?? request.data?.user;
  const name = isGiven(user?.id) ? 'id' : 'sub';
  const id = user?.[name];
  if (typeof id === 'number' && !Number.isFinite(id))
    throw optionInvalid('rateLimit.key', `user.${name} is ${id}: all such users would share one count`);
  return typeof id === 'string' || typeof id === 'number' || typeof id === 'bigint' ? String(id) : undefined;
}

function isGiven(id: unknown): boolean {
  return id !== undefined && id !== null && id !== '';
}

/** Hashed, so that no key can be read from what is stored. An empty header is none: proxies and clients send such. */
function apiKeyOf(request: AskedRequest): Subject {
  const headers = request.headers ?? request.handshake?.headers;
  const own = headers?.['x-api-key'];
  const { authorization } = headers ?? {};
  const key = isGiven(own) ? own : typeof authorization === 'string' ? BEARER.exec(authorization)?.[1] : undefined;
  return typeof key === 'string' && key !== '' ? digest(key).slice(0, 22) : undefined;
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
