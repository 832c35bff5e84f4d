import { isUtf8 } from 'node:buffer';
import { checkJson } from '../models/json-value.js';
import type { Decoded, ValueCodec } from './value-codec.js';

const INTEGER = /^-?\d+$/;

/**
 * Values as bare JSON text: readable in redis-cli and by other languages, and a number is one that INCR can count.
 * Bytes written by others are read as JSON; else as the string they are; else, if they are no UTF-8, as a Buffer.
 */
export class JsonTextCodec implements ValueCodec {
  encode(value: unknown): Buffer {
    checkJson(value);
    return Buffer.from(JSON.stringify(value));
  }

  decode<T>(bytes: Buffer): Decoded<T> {
    return { value: readJsonText(bytes) as T, meta: undefined };
  }
}

function readJsonText(bytes: Buffer): unknown {
  const text = bytes.toString();
  // A replacement character is either really there or a sign of bytes that were no UTF-8: a copy, so as not to pin the socket's buffer.
  if (text.includes('\uFFFD') && !isUtf8(bytes)) return Buffer.from(bytes);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return text;
  }
  return typeof value === 'number' && !Number.isSafeInteger(value) && INTEGER.test(text) ? BigInt(text) : value;
}
