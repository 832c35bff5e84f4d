import { Catch, Inject, Injectable, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { HttpAdapterHost, ModuleRef } from '@nestjs/core';
import { throwError, type Observable } from 'rxjs';
import { RedisInfraError } from '../../../common/redis-infra.error.js';
import { RateLimitedError } from '../../../rate-limiter/rate-limited.error.js';
import { ResponseHeaders } from '../http/response-headers.js';
import { findEngine } from './rate-limit.engine.js';
import { guardedCall, type GuardedCall } from '../http/guarded-call.js';
import { importWebSockets } from '../http/optional-peers.js';
import { RATE_LIMIT_DEFAULTS } from '../policies/rate-limit.options.js';
import { deniedRefusal, unavailableRefusal, type Refusal } from '../http/rate-limit.problem.js';
import { refusalError } from '../http/refusal.error.js';

/**
 * Matches errors with the code LIMITER_UNAVAILABLE. Nest selects a filter by `instanceof`, so other errors reach their
 * own filters.
 */
class LimiterUnavailable {
  static [Symbol.hasInstance](error: unknown): boolean {
    return error instanceof RedisInfraError && error.code === 'LIMITER_UNAVAILABLE';
  }
}

/**
 * Turns rate limit errors of handlers, for example of `limiter.check()`, into the responses of `RateLimitGuard`. It
 * catches two errors:
 *
 * - `RateLimitedError`: 429 over HTTP, the same problem details in other contexts;
 * - errors with the code LIMITER_UNAVAILABLE: 503.
 *
 * It uses the option `headers` of the unnamed instance.
 */
@Injectable()
@Catch(RateLimitedError, LimiterUnavailable)
export class RateLimitExceptionFilter implements ExceptionFilter<RedisInfraError> {
  private responseHeaders: ResponseHeaders | undefined;

  constructor(
    @Inject(ModuleRef) private readonly moduleRef: ModuleRef,
    @Inject(HttpAdapterHost) private readonly adapterHost: HttpAdapterHost,
  ) {}

  catch(error: RedisInfraError, host: ArgumentsHost): unknown {
    const call = guardedCall(host);
    // With the source 'closed' the limiter could not decide, so no limit is exceeded.
    const isDenied = error instanceof RateLimitedError && error.decision.source !== 'closed';
    const refusal = isDenied ? deniedRefusal(error) : unavailableRefusal(error);
    if (isDenied) this.headers.writeLimits(call, error.decision.policies);
    switch (call.kind) {
      case 'http':
        return this.reply(call, refusal);
      case 'rpc':
        return problemAsError(refusal);
      case 'ws':
        return sendToClient(host, refusal);
      case 'graphql':
      case 'other':
        // In these contexts Nest throws the value that a filter returns.
        return refusalError(call.kind, refusal);
    }
  }

  private reply(call: GuardedCall<ArgumentsHost>, { problem }: Refusal): void {
    const { httpAdapter } = this.adapterHost;
    // Too late for a problem: the handler has already begun its response.
    if (call.response === undefined || httpAdapter.isHeadersSent(call.response)) return httpAdapter.end(call.response);
    this.headers.writeRefusal(call, problem);
    httpAdapter.reply(call.response, problem, problem.status);
  }

  private get headers(): ResponseHeaders {
    const { headers: style } = RATE_LIMIT_DEFAULTS;
    this.responseHeaders ??=
      findEngine(this.moduleRef, undefined)?.headers ?? new ResponseHeaders(style, this.adapterHost);
    return this.responseHeaders;
  }
}

function problemAsError({ problem }: Refusal): Observable<never> {
  return throwError(() => problem);
}

async function sendToClient(host: ArgumentsHost, refusal: Refusal): Promise<void> {
  const { BaseWsExceptionFilter } = await importWebSockets();
  new BaseWsExceptionFilter().catch(await refusalError('ws', refusal), host);
}
