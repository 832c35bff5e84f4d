import { HttpStatus } from '@nestjs/common';
import { RedisInfraError } from '../../../common/redis-infra.error.js';
import type { PolicyDecision, RateLimitDecision } from '../../../rate-limiter/policy/rate-limit-decision.js';
import { RateLimitedError } from '../../../rate-limiter/rate-limited.error.js';
import { seconds } from './rate-limit.headers.js';

/** What a client is told that may not go on. @see https://www.rfc-editor.org/rfc/rfc9457 */
export interface RateLimitProblem {
  /** A URI that identifies the kind of problem. */
  readonly type: string;
  /** A short summary of the kind of problem. */
  readonly title: string;
  /** The HTTP status. */
  readonly status: number;
  /** What is wrong with this request. */
  readonly detail: string;
  /** Names of the policies that refused; absent where nobody could be asked. */
  readonly 'violated-policies'?: readonly string[];
  /** Whole seconds, from 1; absent where waiting does not help, or nobody knows. For those that get no headers. */
  readonly 'retry-after'?: number;
}

/** Why a request may not go on: what its client is told, and the error behind it. */
export interface Refusal {
  readonly problem: RateLimitProblem;
  readonly cause: RedisInfraError;
}

/** @see https://www.rfc-editor.org/rfc/rfc9457#section-6.1 */
export const PROBLEM_TYPE = 'application/problem+json';

// Both are types of draft-ietf-httpapi-ratelimit-headers.
const QUOTA_EXCEEDED = 'https://iana.org/assignments/http-problem-types#quota-exceeded';
const REDUCED_CAPACITY = 'https://iana.org/assignments/http-problem-types#temporary-reduced-capacity';

/** Why a request may not go on that was decided so; undefined if it may. Who only has policies in shadow always may. */
export function refusalOf(decision: RateLimitDecision): Refusal | undefined {
  if (decision.allowed || (decision.policies.length > 0 && decision.policies.every(({ shadow }) => shadow)))
    return undefined;
  if (decision.source !== 'closed') return denied(new RateLimitedError(decision));
  return unavailable(
    new RedisInfraError(
      'LIMITER_UNAVAILABLE',
      'the rate limiter could not be asked, and is told to let nobody through',
      {
        context: { policy: decision.policy },
      },
    ),
  );
}

/** The limit is used up. */
export function denied(cause: RateLimitedError): Refusal {
  const { policy, policies, retryAfterMs } = cause.decision;
  const violated = policies.filter(refuses).map((each) => each.policy);
  const names = violated.length === 0 ? [policy] : violated;
  const after = retryAfterMs === undefined ? undefined : Math.max(1, seconds(retryAfterMs));
  const detail =
    after === undefined
      ? `The request costs more than ${listed(names)} ever allows.`
      : `The limit ${listed(names)} is used up; try again in ${after} s.`;
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

/** Nobody could be asked: the client did nothing wrong. */
export function unavailable(cause: RedisInfraError): Refusal {
  return {
    cause,
    problem: {
      type: REDUCED_CAPACITY,
      title: 'Request cannot be satisfied due to temporary server capacity constraints',
      status: HttpStatus.SERVICE_UNAVAILABLE,
      detail: 'It cannot be decided now whether the request may go on; it was not counted. Try again later.',
    },
  };
}

function refuses({ allowed, shadow }: PolicyDecision): boolean {
  return !allowed && !shadow;
}

function listed(names: readonly string[]): string {
  return names.map((name) => `'${name}'`).join(', ');
}
