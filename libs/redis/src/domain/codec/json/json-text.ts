import { isUtf8 } from 'node:buffer';
import { RedisInfraError } from '../../../common/redis-infra.error.js';
import type { ApplicationTypes } from './application-types.js';
import { Lowering } from './lowering.js';
import { malformed } from './rich-kinds.js';
import { raise } from './raising.js';
import { isWithinSteps } from './table-steps.js';
import { tooManyParts } from './value-limits.js';
import { unreadable } from './value-path.js';

/** A value as JSON text; `rich` if a table stands beside it, and the text is `[value, table]`. */
export interface JsonText {
  readonly text: string;
  readonly rich: boolean;
}

/**
 * @param limit the most bytes that the text may take
 * @throws RedisInfraError CODEC_SERIALIZE naming the path of what cannot be stored; CODEC_TOO_LARGE
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

/** Written out, it would be read as the bigint that others mean by it. */
function isLargeInteger(value: unknown): value is number {
  return Number.isInteger(value) && !Number.isSafeInteger(value);
}

/** What is lowered has nothing left that JSON.stringify could stumble over, except for its length, and getters that throw the second time. */
function textOf(lowered: unknown): string {
  try {
    return JSON.stringify(lowered);
  } catch (error) {
    if (!(error instanceof RangeError)) throw unreadable();
    throw new RedisInfraError('CODEC_TOO_LARGE', 'the value is too large to be written: no string can hold its JSON');
  }
}

/** @throws RedisInfraError CODEC_DESERIALIZE, CODEC_UNSUPPORTED */
export function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The error of JSON.parse quotes the text.
    throw new RedisInfraError('CODEC_DESERIALIZE', 'the stored text is no JSON', { outcome: 'executed' });
  }
}

/** @throws RedisInfraError CODEC_DESERIALIZE, CODEC_UNSUPPORTED */
export function readRichJson(text: string, types: ApplicationTypes, bytes = text.length): unknown {
  const pair = readJson(text);
  if (!Array.isArray(pair) || pair.length !== 2) throw malformed('table');
  return raise(pair[0], pair[1], types, bytes);
}

const INTEGER = /^-?\d+$/;
/** A longer number in foreign bytes stays the text it is. */
const MAX_INTEGER_DIGITS = 10_000;

/**
 * Bytes without an envelope: JSON, whoever wrote it; else the string they are; else, if they are no UTF-8, a Buffer. An integer
 * that no number can hold is a bigint.
 */
export function readForeign(bytes: Buffer): unknown {
  const text = bytes.toString();
  // A replacement character is either really there or a sign of bytes that were no UTF-8: a copy, so as not to pin the socket's buffer.
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
