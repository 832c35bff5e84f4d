import type { AbstractHttpAdapter } from '@nestjs/core';

/** The part of the HTTP adapter that the cache uses. */
export type HeaderAdapter = Pick<AbstractHttpAdapter, 'getHeader' | 'setHeader' | 'status' | 'isHeadersSent'>;

/** A response header as one text. Undefined: it is not set. */
export function responseHeader(adapter: HeaderAdapter, response: object, name: string): string | undefined {
  const value: unknown = adapter.getHeader(response, name);
  if (Array.isArray(value)) return value.join(', ');
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}

/** The headers of a list that are set. */
export function responseHeaders(
  adapter: HeaderAdapter,
  response: object,
  names: readonly string[],
): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  for (const name of names) {
    const value = responseHeader(adapter, response, name);
    if (value !== undefined) headers[name] = value;
  }
  return headers;
}

/** Adds names to the header Vary, in which other middleware may have written. */
export function addVary(adapter: HeaderAdapter, response: object, names: readonly string[]): void {
  if (names.length === 0) return;
  const listed = responseHeader(adapter, response, 'vary') ?? '';
  const known = new Set(listed.toLowerCase().split(/\s*,\s*/));
  const missing = names.filter((name) => !known.has(name));
  if (known.has('*') || missing.length === 0) return;
  adapter.setHeader(response, 'Vary', [...(listed === '' ? [] : [listed]), ...missing].join(', '));
}
