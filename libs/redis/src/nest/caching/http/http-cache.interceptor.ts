import {
  Inject,
  Injectable,
  Logger,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { HttpAdapterHost, ModuleRef } from '@nestjs/core';
import { lastValueFrom, of, type Observable } from 'rxjs';
import type { Clock } from '../../../common/clock.js';
import { errorOnMethod } from '../../error-on-method.js';
import { HandlerCache } from '../../rate-limit/guard/handler-cache.js';
import { getEnvironmentToken } from '../../tokens/redis.tokens.js';
import { getOrSetResult, type MethodLoad, type MethodResult } from '../methods/method-cache.js';
import { ClientError, toClientError, toHttpError } from './handler-errors.js';
import { httpCachePlan, type HttpCachePlan } from './http-cache.plan.js';
import { httpExchange, type HttpExchange } from './http-exchange.js';
import { ResponseCapture } from './response-capture.js';
import type { HeaderAdapter } from './response-headers.js';
import { responseKey } from './response-key.js';
import { writeResponse, type ResponseOrigin } from './response-writer.js';
import { UnstoredResponse, type StoredResponse } from './stored-response.js';

/** A handler whose responses are not cached. */
const NOT_CACHED = 'not cached';

/** What `get` returns: always fresh. */
const FROM_CACHE: ResponseOrigin = { isOwn: false, state: 'fresh', ageMs: undefined };

/** The result of a load. Only a `StoredResponse` is stored. */
type LoadedResponse = StoredResponse | UnstoredResponse | ClientError;

/** One request whose response may be cached. */
interface CachedCall {
  readonly context: ExecutionContext;
  readonly exchange: HttpExchange;
  readonly plan: HttpCachePlan;
  readonly key: string;
  /** Runs the handler when it is subscribed. */
  readonly handled: Observable<unknown>;
}

/**
 * Caches the responses of the GET handlers that `@HttpCache` decorates. HEAD is answered from the response to GET. It
 * works on Express and Fastify.
 *
 * A cached response has an ETag, and `X-Cache: HIT`, `MISS` or `STALE`; a client whose If-None-Match has the tag gets
 * 304. Not cached are errors, streams, server-sent events, responses that a handler writes with `@Res()`, responses
 * with Set-Cookie or `Cache-Control: no-store`, and requests with Authorization or Cookie unless `keyBy` is set.
 *
 * Apply it outside interceptors that change the body, such as `ClassSerializerInterceptor`: it stores what it gets from
 * them.
 *
 * @see docs/guides/decorators-and-http-caching.md
 * @example
 * @UseInterceptors(HttpCacheInterceptor)
 * @HttpCache({ ttl: '1m' })
 */
@Injectable()
export class HttpCacheInterceptor implements NestInterceptor {
  private readonly logger = new Logger('HttpCache');
  /** The clocks of the instances of the module. */
  private readonly clocks = new Map<string | undefined, Clock>();
  private readonly plans = new HandlerCache<HttpCachePlan | typeof NOT_CACHED>();
  private readonly logged = new WeakSet<HttpCachePlan>();

  constructor(
    @Inject(ModuleRef) private readonly moduleRef: ModuleRef,
    @Inject(HttpAdapterHost) private readonly adapterHost: HttpAdapterHost,
  ) {}

  /**
   * Answers from the cache, or runs the handler and stores its response.
   * @throws RedisInfraError OPTION_INVALID when the options do not fit the handler (status 500)
   */
  async intercept(context: ExecutionContext, next: CallHandler<unknown>): Promise<Observable<unknown>> {
    // Here, so that the handler runs in the async context of its request, also in the background.
    const handled = next.handle();
    if (context.getType<string>() !== 'http') return handled;
    const plan = this.plans.get(context) ?? this.plans.set(context, this.planOf(context));
    if (plan === NOT_CACHED) return handled;
    const exchange = httpExchange(context);
    const key = await responseKey(context, exchange.request, plan);
    if (key === undefined) return handled;
    const call: CachedCall = { context, exchange, plan, key, handled };
    return exchange.request.method === 'HEAD' ? this.answerHead(call) : this.answer(call);
  }

  private planOf(context: ExecutionContext): HttpCachePlan | typeof NOT_CACHED {
    const [type, handler] = [context.getClass(), context.getHandler()];
    try {
      return httpCachePlan(type, handler) ?? NOT_CACHED;
    } catch (error) {
      throw errorOnMethod(error, type, handler.name);
    }
  }

  /** The response to HEAD is not stored, because a handler may leave the body out. */
  private async answerHead(call: CachedCall): Promise<Observable<unknown>> {
    const stored = await call.plan.caches.of(this.moduleRef).get<StoredResponse>(call.key);
    return stored === undefined ? call.handled : of(this.write(call, stored, FROM_CACHE));
  }

  private async answer(call: CachedCall): Promise<Observable<unknown>> {
    const { context, exchange, plan, handled } = call;
    const capture = new ResponseCapture({
      adapter: this.adapter,
      response: exchange.response,
      plan,
      clock: this.clockOf(plan),
    });
    let own: LoadedResponse | undefined;
    const load = async (loading: MethodLoad): Promise<LoadedResponse> => {
      own = await this.load(call, capture, loading);
      return own;
    };
    const tags = plan.tags?.(context);
    const options = tags === undefined ? plan.entry : { ...plan.entry, tags };
    const { value, state, ageMs } = await this.getOrSet(call, load, options);
    capture.answer();
    if (value instanceof ClientError) throw value.error;
    if (!(value instanceof UnstoredResponse))
      return of(this.write(call, value, { isOwn: value === own, state, ageMs }));
    return value.owner === exchange ? of(value.body) : handled;
  }

  private async getOrSet(
    { plan, key, exchange }: CachedCall,
    load: (loading: MethodLoad) => Promise<LoadedResponse>,
    options: object,
  ): Promise<MethodResult<LoadedResponse>> {
    try {
      return await getOrSetResult(plan.caches.of(this.moduleRef), key, load, options);
    } catch (error) {
      throw toHttpError(error, this.adapter, exchange.response);
    }
  }

  private async load(
    { exchange, plan, context, handled }: CachedCall,
    capture: ResponseCapture,
    loading: MethodLoad,
  ): Promise<LoadedResponse> {
    const body = await bodyOf(handled);
    if (body instanceof ClientError) {
      loading.skip();
      return body;
    }
    const response = capture.responseOf(body);
    if (typeof response === 'object') return response;
    if (response === 'body') this.logBody(plan, context);
    loading.skip();
    return new UnstoredResponse(exchange, body);
  }

  private write({ exchange, plan }: CachedCall, stored: StoredResponse, origin: ResponseOrigin): unknown {
    return writeResponse(stored, origin, {
      adapter: this.adapter,
      exchange,
      vary: plan.vary,
      clock: this.clockOf(plan),
    });
  }

  private clockOf({ instance }: HttpCachePlan): Clock {
    let clock = this.clocks.get(instance);
    if (clock === undefined) {
      const token = getEnvironmentToken(instance);
      ({ clock } = this.moduleRef.get<{ readonly clock: Clock }>(token, { strict: false }));
      this.clocks.set(instance, clock);
    }
    return clock;
  }

  private get adapter(): HeaderAdapter {
    return this.adapterHost.httpAdapter;
  }

  private logBody(plan: HttpCachePlan, context: ExecutionContext): void {
    if (this.logged.has(plan)) return;
    this.logged.add(plan);
    this.logger.warn(
      `${context.getClass().name}.${context.getHandler().name} is not cached: its result contains instances of classes or is a stream; return plain objects, or apply HttpCacheInterceptor outside the interceptor that creates them`,
    );
  }
}

async function bodyOf(handled: Observable<unknown>): Promise<unknown> {
  try {
    return await lastValueFrom(handled, { defaultValue: undefined });
  } catch (error) {
    const answer = toClientError(error);
    if (answer === undefined) throw error;
    return answer;
  }
}
