import type { HttpAdapterHost } from '@nestjs/core';
import type { PolicyDecision } from '../../../rate-limiter/policy/rate-limit-decision.js';
import type { GuardedCall } from './guarded-call.js';
import { RateLimitHeaders, type HeaderWriter } from './rate-limit.headers.js';
import type { HeaderStyle } from '../policies/rate-limit.options.js';
import { declareProblem } from './problem-body.js';
import type { RateLimitProblem } from './rate-limit.problem.js';

type Call = Pick<GuardedCall, 'kind' | 'response'>;

interface NodeResponse {
  setHeader?(name: string, value: string): unknown;
}

/** Writes rate limit headers to the response of a call, if it has one. */
export class ResponseHeaders {
  readonly limits: RateLimitHeaders;

  constructor(
    style: HeaderStyle,
    private readonly adapterHost: HttpAdapterHost,
  ) {
    this.limits = new RateLimitHeaders(style);
  }

  writeLimits(call: Call, policies: readonly PolicyDecision[]): void {
    const { response } = call;
    if (response === undefined) return;
    const writer = this.writerOf(call.kind, response);
    if (writer !== undefined) this.limits.write(writer, response, policies);
  }

  /**
   * Writes the headers of a refusal before the error is thrown, so that they do not depend on the exception filter. Not
   * in GraphQL, where other fields share the response.
   */
  writeRefusal({ kind, response }: Call, problem: RateLimitProblem): void {
    if (kind !== 'http' || response === undefined) return;
    const writer: HeaderWriter = this.adapterHost.httpAdapter;
    writer.setHeader(response, 'Cache-Control', 'no-store');
    const after = problem['retry-after'];
    if (after !== undefined) writer.setHeader(response, 'Retry-After', String(after));
    declareProblem(response, problem);
  }

  /** The response in a GraphQL context may be that of the framework or that of Node.js. */
  private writerOf(kind: Call['kind'], response: object): HeaderWriter | undefined {
    const { httpAdapter } = this.adapterHost;
    if (kind === 'http') return httpAdapter;
    if (httpAdapter.isHeadersSent(response)) return undefined;
    const target: NodeResponse = response;
    return typeof target.setHeader === 'function' ? nodeWriter : httpAdapter;
  }
}

const nodeWriter: HeaderWriter = {
  setHeader: (response: NodeResponse, name, value) => response.setHeader?.(name, value),
};
