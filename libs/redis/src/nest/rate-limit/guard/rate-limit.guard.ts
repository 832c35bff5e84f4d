import { Inject, Injectable, type CanActivate, type ExecutionContext, type OnModuleInit } from '@nestjs/common';
import { ModuleRef, ModulesContainer } from '@nestjs/core';
import { optionInvalid } from '../../../common/options.js';
import { HandlerCache } from './handler-cache.js';
import { errorOnHandler, type HandlerContext } from '../policies/handler-context.js';
import { findEngine, type RateLimitEngine } from './rate-limit.engine.js';
import { metadataOf } from '../policies/rate-limit.metadata.js';
import type { RateLimitPlan } from './rate-limit.plan.js';
import { planOnce } from './startup-plans.js';

/** The plan of a handler, and the engine that runs it. */
interface GuardedHandler {
  readonly engine: RateLimitEngine;
  readonly plan: RateLimitPlan;
}

const UNLIMITED = 'free';
const ADMITTED = Promise.resolve(true);

/**
 * Enforces the policies of `@RateLimit`, or of `rateLimit.default` for handlers without it. Apply it to a handler or a
 * class with `@UseGuards(RateLimitGuard)`, or to the application with `APP_GUARD`. It works for HTTP on Express and
 * Fastify, GraphQL, WebSockets and microservices.
 *
 * A request counts once per policy and subject, however many guards run. In a GraphQL operation, a policy that several
 * fields share counts once, and each further execution of the same field counts again, so that aliases are not free.
 *
 * A refused request gets problem details (RFC 9457): over HTTP in an `HttpException` with status 429, or 503 when the
 * limiter cannot decide and `onError` is `'closed'`; otherwise in a `WsException`, an `RpcException` or the extensions
 * of a GraphQL error.
 *
 * @example
 * @Module({ providers: [{ provide: APP_GUARD, useClass: RateLimitGuard }] })
 * export class AppModule {}
 */
@Injectable()
export class RateLimitGuard implements CanActivate, OnModuleInit {
  private readonly handlers = new HandlerCache<GuardedHandler | typeof UNLIMITED>();

  constructor(@Inject(ModuleRef) private readonly moduleRef: ModuleRef) {}

  /**
   * Plans all handlers of the application.
   * @throws RedisInfraError OPTION_INVALID when decorators conflict with each other or with the options
   */
  onModuleInit(): void {
    planOnce(this.moduleRef.get(ModulesContainer, { strict: false }), (context) => this.handlerFor(context));
  }

  /**
   * Resolves with true when all policies admit the request, otherwise rejects with the exception for the client.
   * @throws RedisInfraError OPTION_INVALID when the request has no subject or the decorators conflict with the options
   * (status 500)
   */
  canActivate(context: ExecutionContext): Promise<boolean> {
    try {
      const handler = this.handlers.get(context) ?? this.handlers.set(context, this.handlerFor(context));
      return handler === UNLIMITED ? ADMITTED : handler.engine.admit(context, handler.plan);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  private handlerFor(context: HandlerContext): GuardedHandler | typeof UNLIMITED {
    try {
      return this.createHandler(context);
    } catch (error) {
      throw errorOnHandler(error, context);
    }
  }

  private createHandler(context: HandlerContext): GuardedHandler | typeof UNLIMITED {
    const [ofClass, ofHandler] = [context.getClass(), context.getHandler()].map((on) => metadataOf('RateLimit', on));
    const instance = ofHandler?.instance ?? ofClass?.instance;
    if (ofHandler?.extend === true && ofClass !== undefined && ofClass.instance !== instance)
      throw optionInvalid(
        'RateLimit.instance',
        'differs from the instance of the class: set the same instance on both, or remove extend',
      );
    const engine = findEngine(this.moduleRef, instance);
    if (engine === undefined) return engineMissing(instance, ofHandler ?? ofClass);
    const plan = engine.planOf(context);
    return plan.names.length === 0 ? UNLIMITED : { engine, plan };
  }
}

/** A handler without `@RateLimit` needs no instance. */
function engineMissing(instance: string | undefined, metadata: object | undefined): typeof UNLIMITED {
  if (metadata === undefined) return UNLIMITED;
  throw optionInvalid(
    'RateLimit.instance',
    instance === undefined
      ? 'there is no RedisModule without a name: set the instance that counts with @RateLimit([…], { instance })'
      : `there is no RedisModule named '${instance}': register it or correct the instance`,
  );
}
