import type { Clock } from '../../../common/clock.js';
import { matchesEntityTag } from './entity-tag.js';
import { headerOf, type HttpExchange } from './http-exchange.js';
import { addVary, type HeaderAdapter } from './response-headers.js';
import type { StoredResponse } from './stored-response.js';

interface Written {
  readonly adapter: HeaderAdapter;
  readonly exchange: HttpExchange;
  readonly vary: readonly string[];
  readonly clock: Clock;
}

/** Where a response comes from. */
export interface ResponseOrigin {
  /** The handler of this request produced it. */
  readonly isOwn: boolean;
  readonly state: 'fresh' | 'stale';
  /** Its age in milliseconds, by the clock of the server. Undefined: only the clocks of the processes show it. */
  readonly ageMs: number | undefined;
}

/** Writes status and headers of a response, and returns the body to send: nothing if the client has it already. */
export function writeResponse(
  stored: StoredResponse,
  { isOwn, state, ageMs }: ResponseOrigin,
  { adapter, exchange, vary, clock }: Written,
): unknown {
  const { request, response } = exchange;
  // For example, a timeout of the framework has answered.
  if (adapter.isHeadersSent(response)) return stored.body;
  if (!isOwn) {
    const age = Math.max(0, Math.floor((ageMs ?? clock.wallMs() - stored.loadedMs) / 1000));
    adapter.status(response, stored.status);
    for (const [name, value] of Object.entries(stored.headers)) adapter.setHeader(response, name, value);
    adapter.setHeader(response, 'Age', String(age));
  }
  adapter.setHeader(response, 'ETag', stored.tag);
  adapter.setHeader(response, 'X-Cache', isOwn ? 'MISS' : state === 'stale' ? 'STALE' : 'HIT');
  addVary(adapter, response, vary);
  if (stored.status !== 200 || !matchesEntityTag(headerOf(request, 'if-none-match'), stored.tag)) return stored.body;
  adapter.status(response, 304);
  return undefined;
}
