import type { ApplicationTypes } from './application-types.js';
import { kindOf } from './rich-kinds.js';
import { tooLargeToWrite } from './value-limits.js';

/** What is known of an object while its parts are being added up. */
const UNFINISHED = -1;

/** The value cannot be added up to its end. */
class Unmeasurable extends Error {}

interface WithToJSON {
  toJSON(name: string): unknown;
}

/**
 * Adds up how many bytes of JSON a value takes at least. It counts an object wherever the value refers to it, but looks at it once: a value
 * whose objects share others may have more parts than `Lowering` could visit in years.
 */
export class ExpandedSize {
  private readonly known = new Map<object, number>();
  private isTooLarge = false;

  constructor(
    private readonly types: ApplicationTypes,
    private readonly limit: number,
  ) {}

  /**
   * False for a value that has no size: it has a cycle, or something in it cannot be read. `Lowering`, which takes the same way, names that.
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
    switch (typeof value) {
      case 'string':
        return value.length + 2;
      case 'object':
        return value === null ? 4 : this.object(value, name);
      case 'function':
      case 'symbol':
        throw new Unmeasurable();
      default:
        return 1;
    }
  }

  private object(value: object, name: string): number {
    const known = this.known.get(value);
    if (known === UNFINISHED) throw new Unmeasurable();
    if (known !== undefined) return known;
    this.known.set(value, UNFINISHED);
    const bytes = this.parts(value, name);
    this.known.set(value, bytes);
    this.isTooLarge = bytes > this.limit;
    if (this.isTooLarge) throw new Unmeasurable();
    return bytes;
  }

  /** `answered`: the value is what a toJSON returned, which is not called again. */
  private parts(value: object, name: string, answered = false): number {
    const type = this.types.isEmpty ? undefined : this.types.of(value);
    if (type !== undefined) return this.any(type.toJSON(value), name);
    const kind = isPlain(value) ? undefined : kindOf(value);
    if (kind !== undefined) return this.any((kind.lower as (value: unknown) => unknown)(value), name);
    if (!answered && hasToJSON(value)) {
      const json = value.toJSON(name);
      return typeof json === 'object' && json !== null ? this.parts(json, name, true) : this.any(json, name);
    }
    return Array.isArray(value) ? this.items(value) : this.members(value as Record<string, unknown>);
  }

  private items(values: readonly unknown[]): number {
    let bytes = values.length + 1;
    for (let i = 0; i < values.length; i++) bytes += this.any(values[i], String(i));
    return bytes;
  }

  private members(value: Record<string, unknown>): number {
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

function hasToJSON(value: object): value is WithToJSON {
  return typeof (value as Partial<WithToJSON>).toJSON === 'function';
}
