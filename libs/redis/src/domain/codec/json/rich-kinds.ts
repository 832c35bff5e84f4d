import { types } from 'node:util';
import { isRecord } from '../../../common/records.js';
import { RedisInfraError } from '../../../common/redis-infra.error.js';

/**
 * A kind of value that JSON cannot represent, and its representation. The list is closed: no class is looked up by a
 * name from stored bytes.
 */
export interface RichKind {
  /** The name in the table. It is part of the format and must never change. */
  readonly name: string;
  /** Returns the representation, which may contain rich values. */
  readonly lower: (value: unknown) => unknown;
  /** Restores the value. @throws any error for a representation that `lower` did not write */
  readonly raise: (json: unknown) => unknown;
}

/** Creates the error of a representation that `lower` cannot have written. The message does not contain it. */
export function malformed(name: string): RedisInfraError {
  return new RedisInfraError('CODEC_DESERIALIZE', `a value of the kind ${name} has an invalid representation`, {
    outcome: 'executed',
    context: { kind: name },
  });
}

/** Longer bigints take too long to parse. */
const MAX_BIGINT_DIGITS = 100_000;
const BIGINT = /^-?\d+$/;
/** Not a plain object, which would also find `constructor` and `__proto__`. */
const NUMBERS: ReadonlyMap<string, number> = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Infinity],
  ['-Infinity', -Infinity],
  ['-0', -0],
]);

export const UNDEFINED = kind(
  'undefined',
  () => null,
  () => undefined,
);
export const NUMBER = kind(
  'number',
  (value: number) => (Object.is(value, -0) ? '-0' : String(value)),
  (json) => numberOf(json),
);
export const BIGINT_KIND = kind(
  'bigint',
  (value: bigint) => textOf(value),
  (json) => bigintOf(json),
);

const DATE = kind(
  'date',
  (value: Date) => (Number.isNaN(value.getTime()) ? null : value.getTime()),
  (json) => dateOf(json),
);
const MAP = kind(
  'map',
  (value: Map<unknown, unknown>) => [[...value.keys()], [...value.values()]],
  (json) => mapOf(json),
);
const SET = kind(
  'set',
  (value: Set<unknown>) => [...value],
  (json) => new Set(arrayOf(json, 'set')),
);
const REGEXP = kind(
  'regexp',
  (value: RegExp) => [value.source, value.flags],
  (json) => {
    const [source, flags] = arrayOf(json, 'regexp');
    return new RegExp(stringOf(source, 'regexp'), stringOf(flags, 'regexp'));
  },
);
const URL_KIND = kind(
  'url',
  (value: URL) => value.href,
  (json) => new URL(stringOf(json, 'url')),
);
const BUFFER = kind(
  'buffer',
  (value: Buffer) => value.toString('base64'),
  (json) => bytesOf(json, 'buffer'),
);
const ARRAY_BUFFER = kind(
  'arraybuffer',
  (value: ArrayBuffer) => Buffer.from(value).toString('base64'),
  (json) => memoryOf(json, 'arraybuffer'),
);
const ERROR = kind(
  'error',
  (value: Error) => lowerError(value),
  (json) => raiseError(json),
);

const TYPED_ARRAYS = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
].map((constructor) => typedArray(constructor));

const ALL: readonly RichKind[] = [
  UNDEFINED,
  NUMBER,
  BIGINT_KIND,
  DATE,
  MAP,
  SET,
  REGEXP,
  URL_KIND,
  BUFFER,
  ARRAY_BUFFER,
  ERROR,
  ...TYPED_ARRAYS,
];
const BY_NAME: ReadonlyMap<string, RichKind> = new Map(ALL.map((richKind) => [richKind.name, richKind]));

/** Returns the kind with this name; undefined if this version does not know it. */
export function kindNamed(name: string): RichKind | undefined {
  return BY_NAME.get(name);
}

/** The most frequent kinds by prototype, with the check that confirms them: a prototype can be forged. */
const BY_PROTOTYPE = new Map<unknown, readonly [RichKind, (value: unknown) => boolean]>([
  [Date.prototype, [DATE, types.isDate]],
  [Map.prototype, [MAP, types.isMap]],
  [Set.prototype, [SET, types.isSet]],
]);

/** Returns the kind of an object with a prototype other than Object's or null; undefined if JSON can represent it. */
export function kindOf(value: object): RichKind | undefined {
  const likely = BY_PROTOTYPE.get(Object.getPrototypeOf(value));
  if (likely?.[1](value)) return likely[0];
  if (types.isDate(value)) return DATE;
  if (types.isMap(value)) return MAP;
  if (types.isSet(value)) return SET;
  if (Buffer.isBuffer(value)) return BUFFER;
  if (types.isTypedArray(value)) return BY_NAME.get(value[Symbol.toStringTag].toLowerCase());
  if (types.isArrayBuffer(value)) return ARRAY_BUFFER;
  if (types.isRegExp(value)) return REGEXP;
  // A DOMException, such as the reason of an AbortSignal, is not always a native error.
  if (types.isNativeError(value) || value instanceof Error) return ERROR;
  return value instanceof URL ? URL_KIND : undefined;
}

/** Names an object that would silently be stored as something else; undefined for all others. */
export function refusedKind(value: object): string | undefined {
  if (types.isPromise(value)) return 'a Promise (is an await missing?)';
  if (types.isBoxedPrimitive(value)) return 'a boxed primitive';
  if (types.isWeakMap(value) || types.isWeakSet(value)) return 'a weak collection';
  if (types.isSharedArrayBuffer(value) || types.isDataView(value)) return 'a SharedArrayBuffer or DataView';
  if (types.isTypedArray(value)) return 'a typed array of a kind that cannot be stored';
  if (types.isGeneratorObject(value) || types.isMapIterator(value) || types.isSetIterator(value)) return 'an iterator';
  // Other platform objects would become {}, because their state is not in own members.
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  return tag === 'Object' || Array.isArray(value) || 'toJSON' in value ? undefined : `of the kind ${tag}`;
}

function kind<T>(name: string, lower: (value: T) => unknown, raise: (json: unknown) => unknown): RichKind {
  // `lower` gets only values for which `kindOf` returned this kind. Checking them again would slow down every rich
  // value.
  return { name, lower: lower as RichKind['lower'], raise };
}

interface TypedArrayConstructor {
  readonly name: string;
  new (memory: ArrayBuffer): NodeJS.TypedArray;
}

function typedArray(constructor: TypedArrayConstructor): RichKind {
  const name = constructor.name.toLowerCase();
  const lower = (value: NodeJS.TypedArray): string =>
    Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64');
  return kind(name, lower, (json) => new constructor(memoryOf(json, name)));
}

function bytesOf(json: unknown, name: string): Buffer {
  return Buffer.from(memoryOf(json, name));
}

/** Copies the memory: a small Buffer is a slice of a shared pool. */
function memoryOf(json: unknown, name: string): ArrayBuffer {
  const bytes = Buffer.from(stringOf(json, name), 'base64');
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
}

function numberOf(json: unknown): number {
  const number = NUMBERS.get(stringOf(json, 'number'));
  if (number === undefined) throw malformed('number');
  return number;
}

function textOf(value: bigint): string {
  const text = value.toString();
  if (text.length > MAX_BIGINT_DIGITS) throw new RangeError('the bigint is too long');
  return text;
}

function bigintOf(json: unknown): bigint {
  const text = stringOf(json, 'bigint');
  if (text.length > MAX_BIGINT_DIGITS || !BIGINT.test(text)) throw malformed('bigint');
  return BigInt(text);
}

function arrayOf(json: unknown, name: string): unknown[] {
  if (!Array.isArray(json)) throw malformed(name);
  return json;
}

/**
 * Restores a Map from separate lists of keys and values. Separate lists make similar values neighbours, which table
 * ranges merge.
 */
function mapOf(json: unknown): Map<unknown, unknown> {
  const columns = arrayOf(json, 'map');
  const keys = arrayOf(columns[0], 'map');
  const values = arrayOf(columns[1], 'map');
  if (columns.length !== 2 || keys.length !== values.length) throw malformed('map');
  const map = new Map<unknown, unknown>();
  for (let i = 0; i < keys.length; i++) map.set(keys[i], values[i]);
  return map;
}

function dateOf(json: unknown): Date {
  if (json !== null && typeof json !== 'number') throw malformed('date');
  return new Date(json ?? Number.NaN);
}

function stringOf(json: unknown, name: string): string {
  if (typeof json !== 'string') throw malformed(name);
  return json;
}

const ERRORS: ReadonlyMap<string, ErrorConstructor> = new Map(
  [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError].map((type) => [type.name, type]),
);

/**
 * Keeps name, message, code, cause and the errors of an AggregateError. Omits the stack, which reveals paths of the
 * machine.
 */
function lowerError(error: Error): Record<string, unknown> {
  const { name, message, cause, code, errors }: { readonly [K in keyof Error | 'code' | 'errors']?: unknown } = error;
  // Name and message may have been set to any type.
  const lowered: Record<string, unknown> = { name: String(name), message: String(message) };
  if (typeof code === 'string' || typeof code === 'number') lowered.code = code;
  if (cause !== undefined) lowered.cause = cause;
  if (Array.isArray(errors)) lowered.errors = errors;
  return lowered;
}

function raiseError(json: unknown): Error {
  if (!isRecord(json) || Array.isArray(json)) throw malformed('error');
  const { name, message, code, cause, errors } = json;
  const text = stringOf(message, 'error');
  const originalName = stringOf(name, 'error');
  const init = cause === undefined ? undefined : { cause };
  const constructor = ERRORS.get(originalName) ?? Error;
  const error = Array.isArray(errors) ? new AggregateError(errors, text, init) : new constructor(text, init);
  if (error.name !== originalName)
    Object.defineProperty(error, 'name', { value: originalName, configurable: true, writable: true });
  if (code !== undefined) Object.assign(error, { code });
  return error;
}
