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

/**
 * Writes status and headers of a stored response, and returns the body to send: nothing if the client has it already.
 * `isOwn`: the handler of this request produced it.
 */
export function writeResponse(
  stored: StoredResponse,
  isOwn: boolean,
  { adapter, exchange, vary, clock }: Written,
): unknown {
  const { request, response } = exchange;
  // For example, a timeout of the framework has answered.
  if (adapter.isHeadersSent(response)) return stored.body;
  const ageMs = Math.max(0, clock.wallMs() - stored.loadedMs);
  if (!isOwn) {
    adapter.status(response, stored.status);
    for (const [name, value] of Object.entries(stored.headers)) adapter.setHeader(response, name, value);
    adapter.setHeader(response, 'Age', String(Math.floor(ageMs / 1000)));
  }
  adapter.setHeader(response, 'ETag', stored.tag);
  adapter.setHeader(response, 'X-Cache', isOwn ? 'MISS' : ageMs > (stored.freshMs ?? Infinity) ? 'STALE' : 'HIT');
  addVary(adapter, response, vary);
  if (stored.status !== 200 || !matchesEntityTag(headerOf(request, 'if-none-match'), stored.tag)) return stored.body;
  adapter.status(response, 304);
  return undefined;
}
