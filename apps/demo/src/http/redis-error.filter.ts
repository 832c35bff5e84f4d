import { type ArgumentsHost, Catch, type ExceptionFilter, HttpStatus, Inject } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { RedisInfraError } from 'nestjs-redis-infra';

/** Responds to errors of Redis with 503 and the error code, and to an invalid key with 400. */
@Catch(RedisInfraError)
export class RedisErrorFilter implements ExceptionFilter<RedisInfraError> {
  constructor(@Inject(HttpAdapterHost) private readonly host: HttpAdapterHost) {}

  catch({ code, message }: RedisInfraError, host: ArgumentsHost): void {
    const [statusCode, error] =
      code === 'KEY_INVALID'
        ? [HttpStatus.BAD_REQUEST, 'Bad Request']
        : [HttpStatus.SERVICE_UNAVAILABLE, 'Service Unavailable'];
    const response: unknown = host.switchToHttp().getResponse();
    this.host.httpAdapter.reply(response, { statusCode, error, code, message }, statusCode);
  }
}
