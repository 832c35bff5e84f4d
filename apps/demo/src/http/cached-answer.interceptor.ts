import {
  type CallHandler,
  type ExecutionContext,
  Inject,
  Injectable,
  type NestInterceptor,
  NotFoundException,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { map, type Observable } from 'rxjs';
import type { CachedAnswer } from './cached-answer.js';

/** Sends the body of a CachedAnswer. Its headers show the origin and the age of the body, and the duration of the handler. */
@Injectable()
export class CachedAnswerInterceptor implements NestInterceptor<CachedAnswer<unknown>, unknown> {
  constructor(@Inject(HttpAdapterHost) private readonly host: HttpAdapterHost) {}

  intercept(context: ExecutionContext, next: CallHandler<CachedAnswer<unknown>>): Observable<unknown> {
    const startedAt = performance.now();
    const response: unknown = context.switchToHttp().getResponse();
    const { httpAdapter } = this.host;
    return next.handle().pipe(
      map(({ body, outcome, ageMs }) => {
        const ms = (performance.now() - startedAt).toFixed(2);
        httpAdapter.setHeader(response, 'X-Cache', outcome);
        httpAdapter.setHeader(response, 'Age', String(Math.floor(ageMs / 1000)));
        httpAdapter.setHeader(response, 'Server-Timing', `total;dur=${ms}`);
        httpAdapter.setHeader(response, 'X-Response-Time', `${ms}ms`);
        if (body === null) throw new NotFoundException('Not found');
        return body;
      }),
    );
  }
}
