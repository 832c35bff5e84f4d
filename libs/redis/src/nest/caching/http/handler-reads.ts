import type { Type } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { isRecord } from '../../../common/records.js';

/** What a handler reads of the request, as its parameter decorators show. */
export interface HandlerReads {
  /** The names in `@Query('name')`. */
  readonly query: readonly string[];
  /** It has `@Query()`, which reads all parameters. */
  readonly allQuery: boolean;
  /** The names in `@Headers('name')`, in lower case. */
  readonly headers: readonly string[];
  /** It has `@Headers()`, which reads all headers. */
  readonly allHeaders: boolean;
  /** The first decorator whose value identifies the client, for messages. */
  readonly client: string | undefined;
  /** It has `@Res()` or `@Next()`. */
  readonly response: boolean;
}

interface Parameter {
  readonly type: number;
  readonly name: string | undefined;
}

// The types of parameters, copied from RouteParamtypes: only NestJS 12 has all of them.
const RESPONSE = 1;
const NEXT = 2;
const QUERY = 4;
const HEADERS = 6;
const CLIENT = new Map([
  [3, '@Body()'],
  [7, '@Session()'],
  [11, '@Ip()'],
  [12, '@RawBody()'],
  [14, '@Cookies()'],
  [15, '@SignedCookies()'],
]);

/** Reads the parameter decorators of a handler. Those of `createParamDecorator` and `@Req()` show nothing. */
export function handlerReads(type: Type, handler: { readonly name: string }): HandlerReads {
  const parameters = parametersOf(type, handler.name);
  const query = parameters.filter((each) => each.type === QUERY);
  const headers = parameters.filter((each) => each.type === HEADERS);
  const names = headers.flatMap(({ name }) => name?.toLowerCase() ?? []);
  const secret = names.find((name) => name === 'authorization' || name === 'cookie');
  const [client] = parameters.flatMap((each) => CLIENT.get(each.type) ?? []);
  return {
    query: query.flatMap(({ name }) => name ?? []),
    allQuery: query.some(({ name }) => name === undefined),
    headers: names.filter((name) => name !== 'authorization' && name !== 'cookie'),
    allHeaders: headers.some(({ name }) => name === undefined),
    client: client ?? (secret === undefined ? undefined : `@Headers('${secret}')`),
    response: parameters.some((each) => each.type === RESPONSE || each.type === NEXT),
  };
}

/** Nest keeps the decorators of a method under `<type>:<index>`. */
function parametersOf(type: Type, method: string): readonly Parameter[] {
  const metadata: unknown = Reflect.getMetadata(ROUTE_ARGS_METADATA, type, method);
  if (!isRecord(metadata)) return [];
  return Object.entries(metadata).map(([key, value]) => {
    const data = isRecord(value) ? value.data : undefined;
    return { type: Number(key.split(':', 1)[0]), name: typeof data === 'string' ? data : undefined };
  });
}
