import { type CallHandler, type ExecutionContext, Inject, Injectable, type NestInterceptor } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { type Observable, tap } from 'rxjs';

/** Sends the result of a handler as plain text. Errors remain JSON. */
@Injectable()
export class PlainTextInterceptor implements NestInterceptor<string, string> {
  constructor(@Inject(HttpAdapterHost) private readonly host: HttpAdapterHost) {}

  intercept(context: ExecutionContext, next: CallHandler<string>): Observable<string> {
    const response: unknown = context.switchToHttp().getResponse();
    const { httpAdapter } = this.host;
    return next.handle().pipe(tap(() => httpAdapter.setHeader(response, 'Content-Type', 'text/plain; charset=utf-8')));
  }
}
