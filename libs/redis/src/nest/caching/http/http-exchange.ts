import type { ExecutionContext } from '@nestjs/common';

type Values = Readonly<Record<string, unknown>>;

const DIRECTIVE = /(?:^|,)\s*([\w-]+)/g;

/** The part of a request of Express or Fastify that the cache reads. */
export interface CachedRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly query?: Values;
  readonly params?: Values;
  /** Express: the path under which the router is mounted. */
  readonly baseUrl?: string;
  /** Express. */
  readonly route?: { readonly path?: unknown };
  /** Fastify. */
  readonly routeOptions?: { readonly url?: unknown };
  /** Parameters in the host of the controller. */
  readonly hosts?: Values;
}

/** The part of a response of Express or Fastify that the cache reads. */
export interface CachedReply {
  readonly statusCode: number;
}

/** A request and its response. */
export interface HttpExchange {
  readonly request: CachedRequest;
  readonly response: CachedReply;
}

/** Reads request and response from a context of HTTP. */
export function httpExchange(context: ExecutionContext): HttpExchange {
  const http = context.switchToHttp();
  return { request: http.getRequest<CachedRequest>(), response: http.getResponse<CachedReply>() };
}

/** The path of the matched route as it was declared: `/api/cities/:id`. */
export function routePath({ baseUrl = '', route, routeOptions }: CachedRequest): string | undefined {
  const path = route?.path ?? routeOptions?.url;
  return typeof path === 'string' ? baseUrl + path : undefined;
}

/** A request header as one text. */
export function headerOf({ headers }: CachedRequest, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'object' ? value.join(', ') : value;
}

/** The names of the directives of a Cache-Control header, in lower case. */
export function cacheDirectives(header: string | undefined): ReadonlySet<string> {
  const names = [...(header ?? '').matchAll(DIRECTIVE)].map(([, name = '']) => name.toLowerCase());
  return new Set(names);
}
