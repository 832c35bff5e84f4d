import { type ArgumentsHost, Catch, type ExceptionFilter, HttpStatus, Inject } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { RedisInfraError } from 'nestjs-redis-infra';

/** Answers what Redis could not do with a 503 that carries the error's code. */
@Catch(RedisInfraError)
export class RedisErrorFilter implements ExceptionFilter<RedisInfraError> {
  constructor(@Inject(HttpAdapterHost) private readonly host: HttpAdapterHost) {}

  catch({ code, message }: RedisInfraError, host: ArgumentsHost): void {
    const statusCode = HttpStatus.SERVICE_UNAVAILABLE;
    const response: unknown = host.switchToHttp().getResponse();
    this.host.httpAdapter.reply(response, { statusCode, error: 'Service Unavailable', code, message }, statusCode);
  }
}
