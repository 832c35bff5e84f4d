import { isRecord } from '../../../common/records.js';
import type { ApplicationTypes } from './application-types.js';
import { kindOf } from './rich-kinds.js';
import { hasToJSON, type Members } from './to-json.js';
import { tooLargeToWrite } from './value-limits.js';

/** The size of an object while its parts are being added up. */
const UNFINISHED = -1;

/** Thrown if the value has no size. */
class Unmeasurable extends Error {}

/**
 * Computes a lower bound of the JSON size of a value. It counts an object at every reference but visits it once: a
 * value with shared objects may have exponentially many parts, more than `Lowering` could visit in years.
 */
export class ExpandedSize {
  private readonly sizes = new Map<object, number>();
  private isTooLarge = false;

  constructor(
    private readonly types: ApplicationTypes,
    private readonly limit: number,
  ) {}

  /**
   * False if the value has no finite size: it has a cycle, or a part of it cannot be read. `Lowering` then reports the
   * path.
   * @throws RedisInfraError CODEC_TOO_LARGE
   */
  isFinite(value: unknown): boolean {
    try {
      this.any(value, '');
      return true;
    } catch {
      if (this.isTooLarge) throw tooLargeToWrite(this.limit);
      return false;
    }
  }

  private any(value: unknown, name: string): number {
    if (isRecord(value)) return this.object(value, name);
    switch (typeof value) {
      case 'string':
        return value.length + 2;
      case 'object':
        return 4;
      case 'function':
      case 'symbol':
        throw new Unmeasurable();
      default:
        return 1;
    }
  }

  private object(value: Members, name: string): number {
    const cached = this.sizes.get(value);
    if (cached === UNFINISHED) throw new Unmeasurable();
    if (cached !== undefined) return cached;
    this.sizes.set(value, UNFINISHED);
    const bytes = this.parts(value, name);
    this.sizes.set(value, bytes);
    this.isTooLarge = bytes > this.limit;
    if (this.isTooLarge) throw new Unmeasurable();
    return bytes;
  }

  /** `isConverted`: a toJSON returned the value, and is not called again. */
  private parts(value: Members, name: string, isConverted = false): number {
    const type = this.types.isEmpty ? undefined : this.types.of(value);
    if (type !== undefined) return this.any(type.toJSON(value), name);
    const kind = isPlain(value) ? undefined : kindOf(value);
    if (kind !== undefined) return this.any(kind.lower(value), name);
    if (!isConverted && hasToJSON(value)) {
      const json = value.toJSON(name);
      return isRecord(json) ? this.parts(json, name, true) : this.any(json, name);
    }
    return Array.isArray(value) ? this.items(value) : this.members(value);
  }

  private items(values: readonly unknown[]): number {
    let bytes = values.length + 1;
    for (let i = 0; i < values.length; i++) bytes += this.any(values[i], String(i));
    return bytes;
  }

  private members(value: Members): number {
    let bytes = 1;
    for (const name of Object.keys(value)) {
      const member = value[name];
      if (member !== undefined) bytes += name.length + 4 + this.any(member, name);
    }
    return bytes;
  }
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === Array.prototype || prototype === null;
}
