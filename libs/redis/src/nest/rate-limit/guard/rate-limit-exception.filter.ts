import { Catch, Inject, Injectable, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { HttpAdapterHost, ModuleRef } from '@nestjs/core';
import { throwError, type Observable } from 'rxjs';
import { RedisInfraError } from '../../../common/redis-infra.error.js';
import { RateLimitedError } from '../../../rate-limiter/rate-limited.error.js';
import { AnswerHeaders } from '../http/answer-headers.js';
import { findEngine } from './engine-lookup.js';
import { guardedCall, type GuardedCall } from '../http/guarded-call.js';
import { RATE_LIMIT_DEFAULTS } from '../policies/rate-limit.options.js';
import { denied, unavailable, type Refusal } from '../http/rate-limit.problem.js';
import { refusalError } from '../http/refusal.error.js';

/** All errors with the code LIMITER_UNAVAILABLE. Nest asks `instanceof`, so that other errors go on to the filters that are theirs. */
class LimiterUnavailable {
  static [Symbol.hasInstance](error: unknown): boolean {
    return error instanceof RedisInfraError && error.code === 'LIMITER_UNAVAILABLE';
  }
}

/**
 * Answers a `RateLimitedError` that a handler throws (by `limiter.check()`) as `RateLimitGuard` answers: 429 over HTTP, and the same
 * problem elsewhere; an error with the code LIMITER_UNAVAILABLE with 503. It catches nothing else. The headers are those of the instance
 * without a name.
 */
@Injectable()
@Catch(RateLimitedError, LimiterUnavailable)
export class RateLimitExceptionFilter implements ExceptionFilter<RedisInfraError> {
  private answerHeaders: AnswerHeaders | undefined;

  constructor(
    @Inject(ModuleRef) private readonly moduleRef: ModuleRef,
    @Inject(HttpAdapterHost) private readonly adapterHost: HttpAdapterHost,
  ) {}

  catch(error: RedisInfraError, host: ArgumentsHost): unknown {
    const call = guardedCall(host);
    // A limiter that could not be asked did not deny anything.
    const isDenied = error instanceof RateLimitedError && error.decision.source !== 'closed';
    const refusal = isDenied ? denied(error) : unavailable(error);
    if (isDenied) this.headers.show(call, error.decision.policies);
    switch (call.kind) {
      case 'http':
        return this.reply(call, refusal);
      case 'rpc':
        return problemAsError(refusal);
      case 'ws':
        return sendToClient(host, refusal);
      case 'graphql':
      case 'other':
        // What a filter returns there is thrown in place of the error.
        return refusalError(call.kind, refusal);
    }
  }

  private reply(call: GuardedCall<ArgumentsHost>, { problem }: Refusal): void {
    const { httpAdapter } = this.adapterHost;
    // Too late for an answer: the handler has begun one of its own.
    if (call.response === undefined || httpAdapter.isHeadersSent(call.response)) return httpAdapter.end(call.response);
    this.headers.refuse(call, problem);
    httpAdapter.reply(call.response, problem, problem.status);
  }

  private get headers(): AnswerHeaders {
    const { headers: style } = RATE_LIMIT_DEFAULTS;
    this.answerHeaders ??= findEngine(this.moduleRef, undefined)?.headers ?? new AnswerHeaders(style, this.adapterHost);
    return this.answerHeaders;
  }
}

function problemAsError({ problem }: Refusal): Observable<never> {
  return throwError(() => problem);
}

async function sendToClient(host: ArgumentsHost, refusal: Refusal): Promise<void> {
  const { BaseWsExceptionFilter } = await import('@nestjs/websockets');
  new BaseWsExceptionFilter().catch(await refusalError('ws', refusal), host);
}
