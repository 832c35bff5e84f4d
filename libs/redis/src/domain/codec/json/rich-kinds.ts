import { types } from 'node:util';
import { RedisInfraError } from '../../../common/redis-infra.error.js';

/** A kind of object that JSON cannot carry, and how it is carried beside it. A closed list: nothing is looked up by a name that was read. */
export interface RichKind {
  /** As it stands in the table; part of the format, never to be changed. */
  readonly name: string;
  /** What JSON carries instead. Its parts may be rich themselves. */
  readonly lower: (value: never) => unknown;
  /** The value again. @throws whatever goes wrong with a representation that was not written by `lower`. */
  readonly raise: (json: unknown) => unknown;
}

/** A representation that `lower` cannot have written. The message never shows it. */
export function malformed(name: string): RedisInfraError {
  return new RedisInfraError('CODEC_DESERIALIZE', `a value of the kind ${name} is not represented as one`, {
    outcome: 'executed',
    context: { kind: name },
  });
}

/** Longer ones take too long to parse. */
const MAX_BIGINT_DIGITS = 100_000;
const BIGINT = /^-?\d+$/;
/** No plain object, which knows `constructor` and `__proto__` as well. */
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
  (json) => new Date(json === null ? Number.NaN : ofType('number', json, 'date')),
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
    return new RegExp(ofType('string', source, 'regexp'), ofType('string', flags, 'regexp'));
  },
);
const URL_KIND = kind(
  'url',
  (value: URL) => value.href,
  (json) => new URL(ofType('string', json, 'url')),
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
const BY_NAME: ReadonlyMap<string, RichKind> = new Map(ALL.map((one) => [one.name, one]));

/** The kind of that name in a table; undefined for one that this version does not know. */
export function kindNamed(name: string): RichKind | undefined {
  return BY_NAME.get(name);
}

/** The kinds that most values are of, and what makes sure of it: a prototype alone proves nothing. */
const BY_PROTOTYPE = new Map<unknown, readonly [RichKind, (value: unknown) => boolean]>([
  [Date.prototype, [DATE, types.isDate]],
  [Map.prototype, [MAP, types.isMap]],
  [Set.prototype, [SET, types.isSet]],
]);

/** The kind of an object whose prototype is neither Object's nor null; undefined where JSON carries it as it is. */
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
  // Not every DOMException is a native error, such as the reason of an AbortSignal.
  if (types.isNativeError(value) || value instanceof Error) return ERROR;
  return value instanceof URL ? URL_KIND : undefined;
}

/** Objects that would become something else without a word: what they are called; undefined for all others. */
export function refusedKind(value: object): string | undefined {
  if (types.isPromise(value)) return 'a Promise (is an await missing?)';
  if (types.isBoxedPrimitive(value)) return 'a boxed primitive';
  if (types.isWeakMap(value) || types.isWeakSet(value)) return 'a weak collection';
  if (types.isSharedArrayBuffer(value) || types.isDataView(value)) return 'a SharedArrayBuffer or DataView';
  if (types.isTypedArray(value)) return 'a typed array of a kind that cannot be stored';
  if (types.isGeneratorObject(value) || types.isMapIterator(value) || types.isSetIterator(value)) return 'an iterator';
  // Whatever else the platform has would become {}: its state is not in members of its own.
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  return tag === 'Object' || Array.isArray(value) || 'toJSON' in value ? undefined : `of the kind ${tag}`;
}

function kind<T>(name: string, lower: (value: T) => unknown, raise: (json: unknown) => unknown): RichKind {
  return { name, lower, raise };
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

/** Memory of its own: small buffers are slices of a pool that others share. */
function memoryOf(json: unknown, name: string): ArrayBuffer {
  const bytes = Buffer.from(ofType('string', json, name), 'base64');
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
}

function numberOf(json: unknown): number {
  const found = NUMBERS.get(ofType('string', json, 'number'));
  if (found === undefined) throw malformed('number');
  return found;
}

function textOf(value: bigint): string {
  const text = value.toString();
  if (text.length > MAX_BIGINT_DIGITS) throw new RangeError('too long a bigint');
  return text;
}

function bigintOf(json: unknown): bigint {
  const text = ofType('string', json, 'bigint');
  if (text.length > MAX_BIGINT_DIGITS || !BIGINT.test(text)) throw malformed('bigint');
  return BigInt(text);
}

function arrayOf(json: unknown, name: string): unknown[] {
  if (!Array.isArray(json)) throw malformed(name);
  return json;
}

/** Keys and values apart: what many values have in common then stands in neighbouring places. */
function mapOf(json: unknown): Map<unknown, unknown> {
  const columns = arrayOf(json, 'map');
  const keys = arrayOf(columns[0], 'map');
  const values = arrayOf(columns[1], 'map');
  if (columns.length !== 2 || keys.length !== values.length) throw malformed('map');
  const map = new Map<unknown, unknown>();
  for (let i = 0; i < keys.length; i++) map.set(keys[i], values[i]);
  return map;
}

function ofType<T extends 'string' | 'number'>(
  type: T,
  json: unknown,
  name: string,
): T extends 'string' ? string : number {
  if (typeof json !== type) throw malformed(name);
  return json as T extends 'string' ? string : number;
}

const ERRORS: Readonly<Record<string, ErrorConstructor>> = {
  Error,
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
};

/** Name, message, code, cause and the errors of an AggregateError; not the stack, which tells of machines and paths. */
function lowerError(error: Error): Record<string, unknown> {
  const { name, message, cause, code, errors } = error as { readonly [K in keyof Error | 'code' | 'errors']?: unknown };
  // Whatever they were set to: they are read as text.
  const lowered: Record<string, unknown> = { name: String(name), message: String(message) };
  if (typeof code === 'string' || typeof code === 'number') lowered.code = code;
  if (cause !== undefined) lowered.cause = cause;
  if (Array.isArray(errors)) lowered.errors = errors;
  return lowered;
}

function raiseError(json: unknown): Error {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw malformed('error');
  const { name, message, code, cause, errors } = json as Record<string, unknown>;
  const text = ofType('string', message, 'error');
  const called = ofType('string', name, 'error');
  const init = cause === undefined ? undefined : { cause };
  const constructor = Object.hasOwn(ERRORS, called) ? (ERRORS[called] as ErrorConstructor) : Error;
  const error = Array.isArray(errors) ? new AggregateError(errors, text, init) : new constructor(text, init);
  if (error.name !== called)
    Object.defineProperty(error, 'name', { value: called, configurable: true, writable: true });
  if (code !== undefined) Object.assign(error, { code });
  return error;
}
