import type { Clock } from '../../../common/clock.js';
import { entityTag } from './entity-tag.js';
import type { HttpCachePlan } from './http-cache.plan.js';
import { cacheDirectives } from './http-exchange.js';
import { responseHeader, responseHeaders, type HeaderAdapter } from './response-headers.js';
import { isStorableBody, type StoredResponse } from './stored-response.js';

/** Status and headers of a response at one moment. */
interface ResponseHead {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly tag: string | undefined;
  readonly isStorable: boolean;
}

interface Captured {
  readonly adapter: HeaderAdapter;
  readonly response: { readonly statusCode: number };
  readonly plan: HttpCachePlan;
  readonly clock: Clock;
}

/** Why a response is not stored. `body`: it contains instances of classes. */
export type NotStored = 'head' | 'body';

/** Captures what a handler puts into its response. */
export class ResponseCapture {
  private readonly initial: ResponseHead;
  private hasAnswered = false;

  constructor(private readonly parts: Captured) {
    this.initial = this.head();
  }

  /** From now on the response is that of the cache, and shows nothing of the handler. */
  answer(): void {
    this.hasAnswered = true;
  }

  /** The response to store, or why it is not stored. A handler may also run in the background, after the answer. */
  responseOf(body: unknown): StoredResponse | NotStored {
    const { plan, clock } = this.parts;
    if (this.hasAnswered && plan.setsResponse) return 'head';
    const { status, headers, tag, isStorable } = this.hasAnswered ? this.initial : this.head();
    if (!isStorable) return 'head';
    if (!isStorableBody(body)) return 'body';
    return {
      status,
      headers,
      ...(body === undefined ? {} : { body }),
      tag: tag ?? entityTag(body),
      loadedMs: clock.wallMs(),
    };
  }

  private head(): ResponseHead {
    const { adapter, response, plan } = this.parts;
    const read = (name: string): string | undefined => responseHeader(adapter, response, name);
    const status = response.statusCode;
    const directives = cacheDirectives(read('cache-control'));
    const isForbidden =
      adapter.isHeadersSent(response) ||
      directives.has('no-store') ||
      directives.has('no-cache') ||
      // A private response may be stored for its client.
      (directives.has('private') && plan.keyBy === undefined) ||
      read('set-cookie') !== undefined ||
      read('vary')?.trim() === '*';
    return {
      status,
      headers: responseHeaders(adapter, response, plan.headers),
      tag: read('etag'),
      // 206 is a part of a response.
      isStorable: status >= 200 && status < 300 && status !== 206 && !isForbidden,
    };
  }
}
