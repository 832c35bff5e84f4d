import { createHash } from 'node:crypto';
import { Money } from './money.js';

const MAX_TEXT_LENGTH = 500;

/**
 * Converts a value to JSON without the codec. A value that JSON cannot represent becomes an object whose `$` names its kind.
 */
export function notationOf(value: unknown): unknown {
  switch (typeof value) {
    case 'undefined':
      return { $: 'undefined' };
    case 'bigint':
      return { $: 'bigint', digits: value.toString() };
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0) ? value : { $: 'number', text: numberText(value) };
    case 'string':
      return value.length > MAX_TEXT_LENGTH ? { $: 'long text', length: value.length, sha256: hashOf(value) } : value;
    case 'object':
      return value === null ? null : notationOfObject(value);
    default:
      return value;
  }
}

function notationOfObject(value: object): unknown {
  if (Array.isArray(value)) return value.map(notationOf);
  if (value instanceof Date) return { $: 'Date', ms: Number.isNaN(value.getTime()) ? null : value.getTime() };
  if (value instanceof Map) return { $: 'Map', entries: [...value].map(([key, item]) => [key, item].map(notationOf)) };
  if (value instanceof Set) return { $: 'Set', items: [...value].map(notationOf) };
  if (value instanceof RegExp) return { $: 'RegExp', source: value.source, flags: value.flags };
  if (value instanceof URL) return { $: 'URL', href: value.href };
  if (value instanceof Error) return notationOfError(value);
  if (value instanceof Money) return { $: 'Money', cents: notationOf(value.cents), currency: value.currency };
  if (ArrayBuffer.isView(value)) {
    return {
      $: value.constructor.name,
      hex: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex'),
    };
  }
  if (value instanceof ArrayBuffer) return { $: 'ArrayBuffer', hex: Buffer.from(value).toString('hex') };
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, notationOf(item)]));
}

function notationOfError(error: Error): unknown {
  const { name, message, cause, code, errors } = error as Error & { code?: unknown; errors?: unknown };
  return {
    $: error.constructor.name,
    name,
    message,
    ...(code !== undefined && { code }),
    ...('cause' in error && { cause: notationOf(cause) }),
    ...(Array.isArray(errors) && { errors: errors.map(notationOf) }),
  };
}

function numberText(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
