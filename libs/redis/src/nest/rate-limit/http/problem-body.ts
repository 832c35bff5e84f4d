import { isRecord } from '../../../common/records.js';
import { PROBLEM_TYPE, type RateLimitProblem } from './rate-limit.problem.js';

type Send = (this: object, body: unknown, ...rest: unknown[]) => unknown;

/** The common members of the responses of Express and Fastify. */
interface ServerResponse {
  json?: Send;
  send?: Send;
  getHeader?(name: string): unknown;
  setHeader?(name: string, value: string): unknown;
  removeHeader?(name: string): unknown;
  header?(name: string, value: string): unknown;
}

const CONTENT_TYPE = 'Content-Type';

/**
 * Sets the content type of problem details if the body of the response is the problem. Exception filters choose the
 * body, so the type is set when they write it: in `json` of Express, which its `send` calls, or in `send` of Fastify. A
 * type that the handler has set is removed; a type that a filter sets is kept.
 *
 * Setting the type earlier would mark other bodies as problems, and Express of Nest 11 replaces it by application/json
 * with a warning.
 */
export function declareProblem(response: object, problem: RateLimitProblem): void {
  const target: ServerResponse = response;
  const method = typeof target.json === 'function' ? 'json' : 'send';
  const send = target[method];
  target.removeHeader?.(CONTENT_TYPE);
  if (typeof send !== 'function') return setType(target);
  target[method] = function (this: object, body: unknown, ...rest: unknown[]): unknown {
    if (isProblem(body, problem) && target.getHeader?.(CONTENT_TYPE) === undefined) setType(target);
    return send.call(this, body, ...rest);
  };
}

/** Compares only the type: filters may add members, such as `instance`. */
function isProblem(body: unknown, { type }: RateLimitProblem): boolean {
  return isRecord(body) && body.type === type;
}

function setType(response: ServerResponse): void {
  if (typeof response.setHeader === 'function') response.setHeader(CONTENT_TYPE, PROBLEM_TYPE);
  else response.header?.(CONTENT_TYPE, PROBLEM_TYPE);
}
