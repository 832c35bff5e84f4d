import { Inject, Injectable, type CanActivate, type ExecutionContext, type OnModuleInit } from '@nestjs/common';
import { ModuleRef, ModulesContainer } from '@nestjs/core';
import { optionInvalid } from '../../../common/options.js';
import { findEngine } from './engine-lookup.js';
import { HandlerCache } from './handler-cache.js';
import { errorOnHandler, type HandlerContext } from '../policies/handler-context.js';
import type { RateLimitEngine } from './rate-limit.engine.js';
import { markOf } from '../policies/rate-limit.metadata.js';
import type { RateLimitPlan } from './rate-limit.plan.js';
import { planOnce } from './startup-plans.js';

/** What to do for a handler, and who does it. */
interface GuardedHandler {
  readonly engine: RateLimitEngine;
  readonly plan: RateLimitPlan;
}

const FREE = 'free';
const ADMITTED = Promise.resolve(true);

/**
 * Holds requests to what `@RateLimit` says, or to the module's `default`: on one handler or class by `@UseGuards(RateLimitGuard)`, on all
 * by `APP_GUARD` or `app.useGlobalGuards(app.get(RateLimitGuard))`. For HTTP on Express and Fastify, GraphQL, WebSockets and microservices.
 *
 * A request is counted once per policy and subject, however many guards see it. Each field of a GraphQL operation is counted by the
 * policies that are its own; one that several fields share is counted once, and each further execution of a field counts again, so that
 * aliases are not free.
 *
 * Over HTTP it answers 429 or, if the limiter cannot decide and is told to let nobody through, 503, each as problem details (RFC 9457) in
 * an `HttpException`; elsewhere the same problem is in a `WsException`, a `RpcException` or the extensions of a GraphQL error.
 */
@Injectable()
export class RateLimitGuard implements CanActivate, OnModuleInit {
  private readonly handlers = new HandlerCache<GuardedHandler | typeof FREE>();

  constructor(@Inject(ModuleRef) private readonly moduleRef: ModuleRef) {}

  /** Plans all handlers of the application. @throws RedisInfraError OPTION_INVALID where decorators do not fit each other or the options */
  onModuleInit(): void {
    planOnce(this.moduleRef.get(ModulesContainer, { strict: false }), (context) => this.guarded(context));
  }

  /** Counts the request. @throws RedisInfraError OPTION_INVALID where nobody can be counted, or decorators do not fit the options: an error of the server */
  canActivate(context: ExecutionContext): Promise<boolean> {
    try {
      const handler = this.handlers.get(context) ?? this.handlers.set(context, this.guarded(context));
      return handler === FREE ? ADMITTED : handler.engine.admit(context, handler.plan);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  private guarded(context: HandlerContext): GuardedHandler | typeof FREE {
    try {
      return this.planned(context);
    } catch (error) {
      throw errorOnHandler(error, context);
    }
  }

  private planned(context: HandlerContext): GuardedHandler | typeof FREE {
    const [ofClass, ofHandler] = [context.getClass(), context.getHandler()].map((on) => markOf('RateLimit', on));
    const instance = ofHandler?.instance ?? ofClass?.instance;
    if (ofHandler?.extend === true && ofClass !== undefined && ofClass.instance !== instance)
      throw optionInvalid(
        'RateLimit.instance',
        'is another than that of the class, whose policies cannot be extended then',
      );
    const engine = findEngine(this.moduleRef, instance);
    if (engine === undefined) return missing(instance, ofHandler ?? ofClass);
    const plan = engine.planOf(context);
    return plan.names.length === 0 ? FREE : { engine: engine, plan };
  }
}

/** Without decorators there is nothing that an instance would have to be there for. */
function missing(instance: string | undefined, mark: object | undefined): typeof FREE {
  if (mark === undefined) return FREE;
  throw optionInvalid(
    'RateLimit.instance',
    instance === undefined
      ? 'there is no RedisModule without a name; say which one counts: @RateLimit([…], { instance })'
      : `there is no RedisModule named '${instance}'`,
  );
}
