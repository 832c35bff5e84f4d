import type { Type } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
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

const CLIENT = new Map<number, string>([
  [RouteParamtypes.BODY, '@Body()'],
  [RouteParamtypes.RAW_BODY, '@RawBody()'],
  [RouteParamtypes.SESSION, '@Session()'],
  [RouteParamtypes.IP, '@Ip()'],
]);
/** Only NestJS 12 has these. */
const COOKIES = new Map([
  [14, '@Cookies()'],
  [15, '@SignedCookies()'],
]);

/** Reads the parameter decorators of a handler. Those of `createParamDecorator` and `@Req()` show nothing. */
export function handlerReads(type: Type, handler: { readonly name: string }): HandlerReads {
  const parameters = parametersOf(type, handler.name);
  const query = parameters.filter((each) => each.type === RouteParamtypes.QUERY);
  const headers = parameters.filter((each) => each.type === RouteParamtypes.HEADERS);
  const names = headers.flatMap(({ name }) => name?.toLowerCase() ?? []);
  const secret = names.find((name) => name === 'authorization' || name === 'cookie');
  const [client] = parameters.flatMap((each) => CLIENT.get(each.type) ?? COOKIES.get(each.type) ?? []);
  return {
    query: query.flatMap(({ name }) => name ?? []),
    allQuery: query.some(({ name }) => name === undefined),
    headers: names.filter((name) => name !== 'authorization' && name !== 'cookie'),
    allHeaders: headers.some(({ name }) => name === undefined),
    client: client ?? (secret === undefined ? undefined : `@Headers('${secret}')`),
    response: parameters.some((each) => each.type === RouteParamtypes.RESPONSE || each.type === RouteParamtypes.NEXT),
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
