import { HttpStatus } from '@nestjs/common';
import { RedisInfraError } from '../../../common/redis-infra.error.js';
import type { PolicyDecision, RateLimitDecision } from '../../../rate-limiter/policy/rate-limit-decision.js';
import { RateLimitedError } from '../../../rate-limiter/rate-limited.error.js';
import { seconds } from './rate-limit.headers.js';

/** The problem details that the client of a refused request receives. @see https://www.rfc-editor.org/rfc/rfc9457 */
export interface RateLimitProblem {
  /** A URI that identifies the kind of problem. */
  readonly type: string;
  /** A short summary of the kind of problem. */
  readonly title: string;
  /** The HTTP status. */
  readonly status: number;
  /** What is wrong with this request. */
  readonly detail: string;
  /** The names of the policies that refused. Absent with status 503. */
  readonly 'violated-policies'?: readonly string[];
  /** Whole seconds from 1, for clients without headers. Absent when waiting does not help or the time is unknown. */
  readonly 'retry-after'?: number;
}

/** A refused request: the problem for the client, and the error that caused it. */
export interface Refusal {
  readonly problem: RateLimitProblem;
  readonly cause: RedisInfraError;
}

/** @see https://www.rfc-editor.org/rfc/rfc9457#section-6.1 */
export const PROBLEM_TYPE = 'application/problem+json';

// Both are types of draft-ietf-httpapi-ratelimit-headers.
const QUOTA_EXCEEDED = 'https://iana.org/assignments/http-problem-types#quota-exceeded';
const REDUCED_CAPACITY = 'https://iana.org/assignments/http-problem-types#temporary-reduced-capacity';

/** The refusal of a decision. Undefined: the request is allowed, or all its policies are shadow policies. */
export function refusalOf(decision: RateLimitDecision): Refusal | undefined {
  if (decision.allowed || (decision.policies.length > 0 && decision.policies.every(({ shadow }) => shadow)))
    return undefined;
  if (decision.source !== 'closed') return deniedRefusal(new RateLimitedError(decision));
  return unavailableRefusal(
    new RedisInfraError(
      'LIMITER_UNAVAILABLE',
      "the rate limiter could not decide, and onError 'closed' refuses the request",
      {
        context: { policy: decision.policy },
      },
    ),
  );
}

/** Status 429: the limit is used up. */
export function deniedRefusal(cause: RateLimitedError): Refusal {
  const { policy, policies, retryAfterMs } = cause.decision;
  const violated = policies.filter(refuses).map((each) => each.policy);
  const names = violated.length === 0 ? [policy] : violated;
  const after = retryAfterMs === undefined ? undefined : Math.max(1, seconds(retryAfterMs));
  const detail =
    after === undefined
      ? `The request costs more than ${quotedNames(names)} ever allows.`
      : `The limit ${quotedNames(names)} is used up; try again in ${after} s.`;
  return {
    cause,
    problem: {
      type: QUOTA_EXCEEDED,
      title: 'Request cannot be satisfied as assigned quota has been exceeded',
      status: HttpStatus.TOO_MANY_REQUESTS,
      detail,
      'violated-policies': names,
      ...(after === undefined ? {} : { 'retry-after': after }),
    },
  };
}

/** Status 503: the limiter could not decide. */
export function unavailableRefusal(cause: RedisInfraError): Refusal {
  return {
    cause,
    problem: {
      type: REDUCED_CAPACITY,
      title: 'Request cannot be satisfied due to temporary server capacity constraints',
      status: HttpStatus.SERVICE_UNAVAILABLE,
      detail: 'The rate limit cannot be checked now, and the request was not counted. Try again later.',
    },
  };
}

function refuses({ allowed, shadow }: PolicyDecision): boolean {
  return !allowed && !shadow;
}

function quotedNames(names: readonly string[]): string {
  return names.map((name) => `'${name}'`).join(', ');
}
