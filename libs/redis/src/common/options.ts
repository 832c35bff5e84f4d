import { RedisInfraError } from './redis-infra.error.js';

/** The error for an option that cannot be used. `path` is where it stands (`connection.port`), `problem` what would be right. */
export function optionInvalid(path: string, problem: string): RedisInfraError {
  return new RedisInfraError('OPTION_INVALID', `${path === '' ? 'options' : path}: ${problem}`, { context: { path } });
}

/**
 * True for an object literal, of any realm. A Date, a Map or an instance of another class may have no enumerable members: read as options, it
 * would mean all defaults.
 */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** Refuses what is no plain options object, every option whose name is not known, and null where it has no meaning. */
export function checkOptions(
  options: unknown,
  known: readonly string[],
  path: string,
  nullable: readonly string[] = [],
): void {
  if (!isPlainObject(options)) throw optionInvalid(path, 'must be a plain object of options');
  for (const [name, value] of Object.entries(options)) {
    if (value === null && !nullable.includes(name))
      throw optionInvalid(join(path, name), 'must not be null: leave it out');
    if (!known.includes(name)) throw optionInvalid(join(path, name), `is not an option; known are ${known.join(', ')}`);
  }
}

/** The same for the options of calls on a hot path: it allocates nothing where all names are known. */
export function checkCallOptions(options: unknown, known: readonly string[], path: string): void {
  if (!isPlainObject(options)) return checkOptions(options, known, path);
  for (const name in options) if (!known.includes(name)) return checkOptions(options, known, path);
}

/** An AbortSignal or undefined, or OPTION_INVALID. */
export function checkSignal(signal: unknown, path: string): void {
  if (signal !== undefined && !(signal instanceof AbortSignal)) throw optionInvalid(path, 'must be an AbortSignal');
}

export interface IntegerRange {
  readonly min: number;
  readonly max: number;
}

/** A whole number within the range, or OPTION_INVALID. */
export function checkInteger(value: unknown, path: string, range: IntegerRange): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= range.min && value <= range.max)
    return value;
  throw optionInvalid(path, `must be a whole number from ${range.min} to ${range.max}`);
}

/** True or false, or OPTION_INVALID. */
export function checkBoolean(value: unknown, path: string): boolean {
  if (typeof value === 'boolean') return value;
  throw optionInvalid(path, 'must be true or false');
}

/** A string (empty only where said), or OPTION_INVALID. */
export function checkString(value: unknown, path: string, allowEmpty = false): string {
  if (typeof value === 'string' && (allowEmpty || value !== '')) return value;
  throw optionInvalid(path, allowEmpty ? 'must be a string' : 'must be a non-empty string');
}

/** One of a closed list, or OPTION_INVALID that names the list. */
export function checkOneOf<const T extends string>(value: unknown, path: string, allowed: readonly T[]): T {
  if (allowed.includes(value as T)) return value as T;
  throw optionInvalid(path, `must be one of ${allowed.join(', ')}`);
}

/** `a` + `b` is `a.b`; with an empty path the name alone. */
export function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}
