import { types } from 'node:util';
import { isPlainObject } from '../../../common/options.js';

/** A response in the cache. */
export interface StoredResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** What the handler returned. Absent: nothing. */
  readonly body?: unknown;
  /** The entity tag, with quotes. */
  readonly tag: string;
  /** When it was loaded, in milliseconds since 1970, by the clock of that process. */
  readonly loadedMs: number;
}

/** The result of a handler that is not cached, and the exchange that it belongs to. Other requests must not get it. */
export class UnstoredResponse {
  constructor(
    readonly owner: object,
    readonly body: unknown,
  ) {}
}

const MAX_DEPTH = 64;

/**
 * True for a body that is the same when it comes back from the cache: text, bytes, or plain data. Instances of classes
 * are not: an outer interceptor, such as `ClassSerializerInterceptor`, would not recognise them any more and could
 * reveal what it excludes.
 */
export function isStorableBody(body: unknown): boolean {
  return body instanceof Uint8Array || isData(body, 0);
}

function isData(value: unknown, depth: number): boolean {
  if (depth > MAX_DEPTH) return false;
  if (typeof value !== 'object')
    return typeof value !== 'function' && typeof value !== 'symbol' && typeof value !== 'bigint';
  if (value === null || types.isDate(value)) return true;
  if (Array.isArray(value)) return value.every((item) => isData(item, depth + 1));
  return isPlainObject(value) && Object.values(value).every((item) => isData(item, depth + 1));
}
