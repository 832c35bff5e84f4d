import { describe, expect, test, vi } from 'vitest';
import type { HttpExchange } from './http-exchange.js';
import type { HeaderAdapter } from './response-headers.js';
import { writeResponse, type ResponseOrigin } from './response-writer.js';
import type { StoredResponse } from './stored-response.js';

const stored: StoredResponse = { status: 201, headers: { link: '</a>' }, body: 'body', tag: '"t"', loadedMs: 5000 };
const clock = { monotonicMs: () => 0, wallMs: () => 9999 };

const HIT: ResponseOrigin = { isOwn: false, state: 'fresh', ageMs: undefined };

function write(isSent: boolean, vary?: string, origin = HIT): { readonly body: unknown; readonly calls: unknown[][] } {
  const calls: unknown[][] = [];
  const record = vi.fn((_response: unknown, ...args: unknown[]) => void calls.push(args));
  const adapter: HeaderAdapter = {
    getHeader: () => vary,
    setHeader: record,
    status: record,
    isHeadersSent: () => isSent,
  };
  const exchange: HttpExchange = { request: { method: 'GET', headers: {} }, response: { statusCode: 200 } };
  return { body: writeResponse(stored, origin, { adapter, exchange, vary: ['accept', 'origin'], clock }), calls };
}

describe('a response from the cache', () => {
  test('has status, stored headers, age, tag, result and Vary', () => {
    expect(write(false, 'Origin')).toEqual({
      body: 'body',
      calls: [[201], ['link', '</a>'], ['Age', '4'], ['ETag', '"t"'], ['X-Cache', 'HIT'], ['Vary', 'Origin, accept']],
    });
  });

  test('has the age and the state that the cache reports, not those of the clock of this process', () => {
    const { calls } = write(false, undefined, { isOwn: false, state: 'stale', ageMs: 90_999 });
    expect(calls).toContainEqual(['Age', '90']);
    expect(calls).toContainEqual(['X-Cache', 'STALE']);
  });

  test('has an age of zero if the clock of another process is ahead, or the server steps its clock back', () => {
    expect(write(false, undefined, { ...HIT, ageMs: -1 }).calls).toContainEqual(['Age', '0']);
  });

  test('leaves a Vary header that lists everything', () => {
    expect(write(false, '*').calls.some(([name]) => name === 'Vary')).toBe(false);
  });

  test('sets nothing on a response that was sent meanwhile', () => {
    expect(write(true)).toEqual({ body: 'body', calls: [] });
  });
});
