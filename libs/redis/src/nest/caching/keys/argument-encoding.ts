import { types } from 'node:util';
import { isPlainObject } from '../../../common/options.js';
import { RedisInfraError } from '../../../common/redis-infra.error.js';

/** Also bounds circular values. */
const MAX_DEPTH = 64;
/** Bounds values that refer to the same object many times. */
const MAX_PARTS = 100_000;

/**
 * Encodes the arguments of a method as text. Different arguments have different texts: `('a:b', 'c')` and
 * `('a', 'b:c')`, `1` and `1n`, `0` and `-0`, `undefined` and `null`. The order of the members of a plain object does
 * not matter, that of a Map or a Set does.
 *
 * Instances of other classes are refused, because a private field is not visible: two different instances could have
 * the same text.
 * @throws RedisInfraError KEY_INVALID for a function, a symbol, an instance of a class, or a circular value
 */
export function encodeArguments(args: readonly unknown[]): string {
  const encoder = new ArgumentEncoder();
  return args.map((arg) => encoder.encode(arg, 0)).join(',');
}

class ArgumentEncoder {
  private parts = 0;

  encode(value: unknown, depth: number): string {
    this.parts++;
    if (depth > MAX_DEPTH || this.parts > MAX_PARTS) throw refused('is circular or too large');
    switch (typeof value) {
      case 'string':
        return JSON.stringify(value);
      case 'number':
        return Object.is(value, -0) ? '-0' : String(value);
      case 'bigint':
        return `${value}n`;
      case 'boolean':
      case 'undefined':
        return String(value);
      case 'object':
        return value === null ? 'null' : this.encodeObject(value, depth + 1);
      default:
        throw refused(`contains a ${typeof value}`);
    }
  }

  private encodeObject(value: object, depth: number): string {
    if (isPlainObject(value)) return this.encodeMembers(value, depth);
    if (Array.isArray(value)) return `[${Array.from(value, (item: unknown) => this.encode(item, depth)).join(',')}]`;
    if (ArrayBuffer.isView(value)) return encodeBytes(value);
    // Subclasses may have state of their own.
    if (hasBuiltInPrototype(value)) {
      if (types.isDate(value)) return `Date(${value.getTime()})`;
      if (types.isMap(value)) return `Map(${this.encodeItems([...value].flat(), depth)})`;
      if (types.isSet(value)) return `Set(${this.encodeItems([...value], depth)})`;
      if (value instanceof URL) return `URL(${JSON.stringify(value.href)})`;
    }
    throw refused('contains an instance of a class');
  }

  private encodeMembers(value: Readonly<Record<string, unknown>>, depth: number): string {
    if (Object.getOwnPropertySymbols(value).length > 0) throw refused('contains a member named by a symbol');
    const members = Object.keys(value)
      .sort()
      .map((name) => `${JSON.stringify(name)}:${this.encode(value[name], depth)}`);
    // No braces: a Redis Cluster would derive the slot from what is between them, and equal first arguments would share one.
    return `(${members.join(',')})`;
  }

  private encodeItems(items: readonly unknown[], depth: number): string {
    return items.map((item) => this.encode(item, depth)).join(',');
  }
}

function encodeBytes(view: ArrayBufferView): string {
  const bytes = Buffer.from(view.buffer, view.byteOffset, view.byteLength);
  return `${Object.prototype.toString.call(view).slice(8, -1)}(${bytes.toString('base64')})`;
}

/** True for a direct instance of a built-in class, also of another realm: a subclass has a longer prototype chain. */
function hasBuiltInPrototype(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return typeof prototype === 'object' && prototype !== null && isPlainObject(prototype);
}

function refused(problem: string): RedisInfraError {
  return new RedisInfraError('KEY_INVALID', `the cache key cannot be derived: an argument ${problem}`);
}
