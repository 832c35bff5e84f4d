import { isUtf8 } from 'node:buffer';
import { RedisInfraError } from '../../../common/redis-infra.error.js';
import type { ApplicationTypes } from './application-types.js';
import { Lowering } from './lowering.js';
import { malformed } from './rich-kinds.js';
import { raise } from './raising.js';
import { isWithinSteps } from './table-steps.js';
import { tooManyParts } from './value-limits.js';
import { unreadable } from './value-path.js';

/** A value as JSON text. If `rich`, it has a side table and the text is `[value, table]`. */
export interface JsonText {
  readonly text: string;
  readonly rich: boolean;
}

/**
 * Serialises a value as JSON text.
 * @param limit the maximum length of the text in bytes
 * @throws RedisInfraError CODEC_SERIALIZE with the path of a value that cannot be stored; CODEC_TOO_LARGE
 */
export function writeJson(value: unknown, types: ApplicationTypes, limit?: number): JsonText {
  if (isLargeInteger(value)) return { text: value.toExponential(), rich: false };
  const lowering = new Lowering(types, limit);
  const lowered = lowering.lower(value);
  const { table } = lowering;
  if (table.length === 0) return { text: textOf(lowered), rich: false };
  const text = textOf([lowered, table]);
  if (!isWithinSteps(table, text.length)) throw tooManyParts();
  return { text, rich: true };
}

/** Written as digits it would be read as a bigint, so it is written with an exponent. */
function isLargeInteger(value: unknown): value is number {
  return Number.isInteger(value) && !Number.isSafeInteger(value);
}

/** JSON.stringify of a lowered value fails only if the text is too long or a getter throws on its second read. */
function textOf(lowered: unknown): string {
  try {
    return JSON.stringify(lowered);
  } catch (error) {
    if (!(error instanceof RangeError)) throw unreadable();
    throw new RedisInfraError('CODEC_TOO_LARGE', 'the value is too large to be written: no string can hold its JSON');
  }
}

/** Parses stored JSON. @throws RedisInfraError CODEC_DESERIALIZE */
export function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The error of JSON.parse quotes the text.
    throw new RedisInfraError('CODEC_DESERIALIZE', 'the stored text is not JSON', { outcome: 'executed' });
  }
}

/** Parses stored JSON with a side table. @throws RedisInfraError CODEC_DESERIALIZE, CODEC_UNSUPPORTED */
export function readRichJson(text: string, types: ApplicationTypes, bytes = text.length): unknown {
  const pair = readJson(text);
  if (!Array.isArray(pair) || pair.length !== 2) throw malformed('table');
  return raise(pair[0], pair[1], types, bytes);
}

const INTEGER = /^-?\d+$/;
/** A longer number of another writer is returned as text. */
const MAX_INTEGER_DIGITS = 10_000;

/**
 * Reads bytes without an envelope, from any writer: as JSON if possible, else as a string, else (not UTF-8) as a
 * Buffer. An integer outside the safe range is a bigint.
 */
export function readForeign(bytes: Buffer): unknown {
  const text = bytes.toString();
  // U+FFFD is either part of the text or a sign that the bytes are not UTF-8. Copies, so as not to keep the socket's
  // buffer in memory.
  if (text.includes('\uFFFD') && !isUtf8(bytes)) return Buffer.from(bytes);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return text;
  }
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
  const digits = text.trim();
  if (!INTEGER.test(digits)) return value;
  return digits.length > MAX_INTEGER_DIGITS ? text : BigInt(digits);
}
