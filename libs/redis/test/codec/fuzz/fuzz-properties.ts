import { isDeepStrictEqual } from 'node:util';
import { ERROR_CODES } from '../../../src/common/error-codes.js';
import { RedisInfraError } from '../../../src/common/redis-infra.error.js';
import type { EnvelopeCodec } from '../../../src/domain/codec/envelope.codec.js';
import { codecOf } from '../golden-source/golden-vector.js';
import { PROTOTYPES } from '../support/prototypes.js';
import { notationOf } from '../support/value-notation.js';
import type { FuzzCase } from './fuzz-cases.js';

/** The result of a case: `value` or an error code. */
export type FuzzOutcome = string;

const MAX_PARTS_CHECKED = 2000;
/** Encodes decoded values again, with the same application types. */
const WRITER = codecOf({ money: true });

/**
 * Decodes a case and checks the properties that hold for every decoding.
 * @throws Error that names the violated property
 */
export async function checkCase(one: FuzzCase, thorough: boolean): Promise<FuzzOutcome> {
  const given = Buffer.from(one.bytes);
  let value: unknown;
  try {
    const answer = one.codec.decode(given, one.at);
    value = (answer instanceof Promise ? await answer : answer).value;
  } catch (error) {
    const outcome = checkError(error);
    if (one.written !== undefined) throw new Error(`what was written ended in ${outcome}`, { cause: error });
    return outcome;
  }
  checkHarmless(value);
  if (one.seed !== undefined) checkTrue(one, value);
  if (one.written !== undefined) checkSame(notationOf(value), notationOf(one.written[0]), 'what was written');
  if (thorough) {
    const before = notationOf(value);
    given.fill(0x55);
    if (!isDeepStrictEqual(notationOf(value), before)) throw new Error('the value shares memory with the bytes');
    await checkWritable(value, before);
  }
  return 'value';
}

function checkError(error: unknown): FuzzOutcome {
  if (!(error instanceof RedisInfraError)) throw new Error(`it threw ${String(error)}`);
  if (!error.code.startsWith('CODEC_') || !(error.code in ERROR_CODES)) throw new Error(`it threw ${error.code}`);
  if (error.outcome !== 'executed')
    throw new Error(`${error.code} has the outcome ${error.outcome} instead of executed`);
  if (error.cause !== undefined) throw new Error(`${error.code} passes on a cause`);
  return error.code;
}

/** No decoded part may be a function or a prototype, because a change to it would be global. */
function checkHarmless(value: unknown): void {
  const parts = [value];
  const seen = new Set<unknown>();
  while (parts.length > 0 && seen.size < MAX_PARTS_CHECKED) {
    const part = parts.pop();
    if (typeof part === 'function' || typeof part === 'symbol') throw new Error(`the value holds a ${typeof part}`);
    if (PROTOTYPES.has(part)) throw new Error('the value holds a prototype');
    if (typeof part !== 'object' || part === null || seen.has(part) || ArrayBuffer.isView(part)) continue;
    seen.add(part);
    if (part instanceof Map) for (const [key, item] of part) parts.push(key, item);
    else if (part instanceof Set) parts.push(...part);
    else for (const name of Object.keys(part)) parts.push((part as Record<string, unknown>)[name]);
  }
}

/** Unchanged bytes decode to the recorded value; changed sealed bytes never decode. */
function checkTrue({ bytes, at, seed }: FuzzCase, value: unknown): void {
  if (seed === undefined) return;
  const { vector, sealed, bound } = seed;
  const same = bytes.equals(seed.bytes);
  const inPlace = !bound || (at.key === vector.key && at.field === vector.field);
  if (sealed && !same) throw new Error('a sealed value was opened that had been changed');
  if (sealed && !inPlace) throw new Error('a sealed value was opened under another key or field');
  if (same && JSON.stringify(notationOf(value)) !== JSON.stringify(vector.value))
    throw new Error('another value was read');
}

/** A decoded value round-trips again, or its encoding is refused with a known code. */
async function checkWritable(value: unknown, notation: unknown): Promise<void> {
  let again: unknown;
  try {
    again = await roundTrip(WRITER, value);
  } catch (error) {
    const refused = error instanceof RedisInfraError && /^CODEC_(SERIALIZE|TOO_LARGE)$/.test(error.code);
    if (!refused) throw new Error(`what was read could not be written: ${String(error)}`, { cause: error });
    return;
  }
  checkSame(notationOf(again), notation, 'what was written again');
}

function checkSame(read: unknown, expected: unknown, what: string): void {
  if (!isDeepStrictEqual(read, withoutUndefined(expected))) throw new Error(`${what} was read as another value`);
}

/** Omits undefined members, which MessagePack of other writers may contain and every encoder omits. */
function withoutUndefined(notation: unknown): unknown {
  if (typeof notation !== 'object' || notation === null) return notation;
  if (Array.isArray(notation)) return notation.map(withoutUndefined);
  const members = Object.entries(notation).filter(([, member]) => !isUndefined(member));
  return Object.fromEntries(members.map(([name, member]) => [name, withoutUndefined(member)]));
}

function isUndefined(notation: unknown): boolean {
  return typeof notation === 'object' && notation !== null && '$' in notation && notation.$ === 'undefined';
}

async function roundTrip(codec: EnvelopeCodec, value: unknown): Promise<unknown> {
  const at = { key: 'again' };
  return (await codec.decode(await codec.encode(value, at), at)).value;
}
