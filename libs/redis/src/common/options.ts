import { RedisInfraError } from './redis-infra.error.js';

/** Creates the error for an invalid option. `path` is its path (`connection.port`), `problem` names what is valid. */
export function optionInvalid(path: string, problem: string): RedisInfraError {
  return new RedisInfraError('OPTION_INVALID', `${path === '' ? 'options' : path}: ${problem}`, { context: { path } });
}

/**
 * True for an object literal of any realm. A Date, a Map or an instance of another class may have no enumerable
 * members, and as options would mean all defaults.
 */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/**
 * Checks that options are a plain object with known names, and that only `nullable` options are null. Returns the
 * options, whose values are not checked yet.
 * @throws RedisInfraError OPTION_INVALID
 */
export function checkOptions(
  options: unknown,
  known: readonly string[],
  path: string,
  nullable: readonly string[] = [],
): Readonly<Record<string, unknown>> {
  if (!isPlainObject(options)) throw optionInvalid(path, 'must be a plain object of options');
  for (const [name, value] of Object.entries(options)) {
    if (value === null && !nullable.includes(name)) throw optionInvalid(join(path, name), 'must not be null: omit it');
    if (!known.includes(name)) throw optionInvalid(join(path, name), `is not an option; known are ${known.join(', ')}`);
  }
  return options;
}

/**
 * Like `checkOptions`, for the options of calls on a hot path: allocates nothing if the options are valid.
 * @param nullable the options that may be null. @default all, because the checks of their values refuse null
 */
export function checkCallOptions(
  options: unknown,
  known: readonly string[],
  path: string,
  nullable: readonly string[] = known,
): void {
  if (!isPlainObject(options)) return void checkOptions(options, known, path);
  for (const name in options) {
    const isValid = known.includes(name) && (options[name] !== null || nullable.includes(name));
    if (!isValid) return void checkOptions(options, known, path, nullable);
  }
}

/** Checks an optional AbortSignal. @throws RedisInfraError OPTION_INVALID */
export function checkSignal(signal: unknown, path: string): void {
  if (signal !== undefined && !(signal instanceof AbortSignal)) throw optionInvalid(path, 'must be an AbortSignal');
}

/** An inclusive range. */
export interface IntegerRange {
  readonly min: number;
  readonly max: number;
}

/** Returns an integer within the range. @throws RedisInfraError OPTION_INVALID */
export function checkInteger(value: unknown, path: string, range: IntegerRange): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= range.min && value <= range.max)
    return value;
  throw optionInvalid(path, `must be a whole number from ${range.min} to ${range.max}`);
}

/** Returns a boolean. @throws RedisInfraError OPTION_INVALID */
export function checkBoolean(value: unknown, path: string): boolean {
  if (typeof value === 'boolean') return value;
  throw optionInvalid(path, 'must be true or false');
}

/** Returns a string, non-empty unless `allowEmpty`. @throws RedisInfraError OPTION_INVALID */
export function checkString(value: unknown, path: string, allowEmpty = false): string {
  if (typeof value === 'string' && (allowEmpty || value !== '')) return value;
  throw optionInvalid(path, allowEmpty ? 'must be a string' : 'must be a non-empty string');
}

/** Returns one of the allowed strings. @throws RedisInfraError OPTION_INVALID that lists them */
export function checkOneOf<const T extends string>(value: unknown, path: string, allowed: readonly T[]): T {
  if (isOneOf(allowed, value)) return value;
  throw optionInvalid(path, `must be one of ${allowed.join(', ')}`);
}

/** True if the list contains the value. */
export function isOneOf<T extends string>(list: readonly T[], value: unknown): value is T {
  return list.some((item) => item === value);
}

/** Appends a name to an option path: `a` and `b` become `a.b`. */
export function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}
