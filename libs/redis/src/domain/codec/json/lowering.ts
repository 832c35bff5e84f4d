import { isMap } from 'node:util/types';
import { isRecord } from '../../../common/records.js';
import type { ApplicationTypes } from './application-types.js';
import { ExpandedSize } from './expanded-size.js';
import { BIGINT_KIND, kindOf, NUMBER, refusedKind, UNDEFINED, type RichKind } from './rich-kinds.js';
import { hasToJSON, type Members } from './to-json.js';
import { MAX_JSON_BYTES, MAX_PARTS, tooLargeToWrite, tooManyParts } from './value-limits.js';
import { isCodecError, unserializable, type Step } from './value-path.js';

/** The maximum nesting depth of a value. */
export const MAX_DEPTH = 1000;
/** The number of objects after which `Lowering` first checks for shared objects. */
const FIRST_MARK = 2 ** 13;

/** A step of a path that matches several neighbouring items: the first and the last index. */
type ItemRange = [first: number, last: number];

/** A kind of rich value, and the path to the representations of one or more such values. */
export type TableEntry = [kind: string, ...path: (Step | ItemRange)[]];

/** The prefix of the name of an application's type in the table. */
export const APPLICATION_PREFIX = 'app:';

/**
 * Converts a value to one that JSON can represent, and records the replaced values in a table. Values that JSON can
 * represent are not copied, except for the containers on the path to a rich value. Inner values precede their
 * containers in the table.
 */
export class Lowering {
  readonly table: TableEntry[] = [];
  /** One element reserved for a kind, then the path to the current value; only the steps up to its depth are valid. */
  private readonly steps: Step[] = [''];
  /** The objects on that path; for a representation, the object that it represents. */
  private readonly ancestors: unknown[] = [];
  private root: unknown;
  private objects = 0;
  /** The object at the last mark. If it occurs again, it is shared. */
  private marked: unknown;
  private nextMark = FIRST_MARK;
  private mayHaveCycle = false;
  /** Lower bounds of the JSON size of the visited values and of the table. */
  private bytes = 0;
  private tableBytes = 0;

  /** @param limit the maximum size of the JSON in bytes */
  constructor(
    private readonly types: ApplicationTypes,
    private readonly limit = MAX_JSON_BYTES,
  ) {}

  /**
   * Returns the value for JSON.
   * @throws RedisInfraError CODEC_SERIALIZE with the path of a value that cannot be stored; CODEC_TOO_LARGE
   */
  lower(value: unknown): unknown {
    this.root = value;
    return this.any(value, 0);
  }

  private any(value: unknown, depth: number): unknown {
    if (isRecord(value)) return this.object(value, depth);
    switch (typeof value) {
      case 'string':
        this.spend(value.length);
        return value;
      case 'boolean':
        return value;
      case 'number':
        return isPlainNumber(value) ? value : this.rich(NUMBER, value, depth);
      case 'object':
        return null;
      case 'bigint':
        return this.rich(BIGINT_KIND, value, depth);
      case 'undefined':
        return this.rich(UNDEFINED, value, depth);
      default:
        throw unserializable(this.pathTo(depth), `a ${typeof value}`);
    }
  }

  /**
   * `origin` is the object that `value` represents. `isConverted`: a toJSON returned the value, and is not called
   * again.
   */
  private object(value: Members, depth: number, origin: unknown = value, isConverted = false): unknown {
    if (depth >= MAX_DEPTH) throw this.tooDeep(depth);
    this.ancestors[depth] = origin;
    if (++this.objects >= this.nextMark || value === this.marked) this.checkSharing(value, depth, origin);
    if (this.mayHaveCycle && this.ancestors.indexOf(origin) < depth) throw this.tooDeep(depth + 1);
    try {
      if (!this.types.isEmpty) {
        const type = this.types.of(value);
        if (type !== undefined) {
          const json = this.callToJSON(() => type.toJSON(value), depth);
          const lowered = isRecord(json) ? this.object(json, depth, origin) : this.any(json, depth);
          return this.addEntry(APPLICATION_PREFIX + type.name, lowered, depth);
        }
      }
      const prototype: unknown = Object.getPrototypeOf(value);
      if (prototype !== Object.prototype && prototype !== Array.prototype && prototype !== null) {
        const kind = kindOf(value);
        if (kind !== undefined) return this.rich(kind, value, depth);
        const refused = refusedKind(value);
        if (refused !== undefined) throw unserializable(this.pathTo(depth), refused);
      }
      if (!hasToJSON(value)) return Array.isArray(value) ? this.array(value, depth) : this.members(value, depth);
      if (!isConverted) {
        const json = this.callToJSON(() => value.toJSON(this.nameOf(depth)), depth);
        return isRecord(json) ? this.object(json, depth, origin, true) : this.any(json, depth);
      }
      // Copies, because JSON.stringify would call toJSON again.
      return Array.isArray(value)
        ? this.array([...value], depth)
        : this.members({ ...value, toJSON: undefined }, depth);
    } catch (error) {
      throw this.unreadable(error, depth);
    }
  }

  /** Calls a function of the application. Its error is not passed on, because it may quote the value. */
  private callToJSON(call: () => unknown, depth: number): unknown {
    try {
      return call();
    } catch {
      throw unserializable(this.pathTo(depth), 'an object whose toJSON throws');
    }
  }

  private array(values: readonly unknown[], depth: number): unknown {
    if (values.length > MAX_PARTS) throw tooManyParts();
    this.spend(values.length);
    let copy: unknown[] | undefined;
    let before = this.table.length;
    let bytes = 0;
    let i = 0;
    try {
      for (; i < values.length; i++) {
        const value = values[i];
        if (typeof value === 'string') {
          bytes += value.length;
          continue;
        }
        if (isLeaf(value)) continue;
        this.steps[depth + 1] = i;
        const start = this.table.length;
        const lowered = this.any(value, depth + 1);
        if (this.table.length > start && !this.mergeEntries(before, start, depth + 1, i)) before = start;
        if (lowered === value) continue;
        copy ??= [...values];
        copy[i] = lowered;
      }
    } catch (error) {
      throw this.unreadable(error, depth, i);
    }
    this.spend(bytes);
    return copy ?? values;
  }

  private members(value: Members, depth: number): unknown {
    let copy: Record<string, unknown> | undefined;
    let bytes = 0;
    let reading: string | undefined;
    try {
      // In a for-in loop V8 reads the members by index, without a lookup of their names.
      for (const name in value) {
        reading = name;
        if (!Object.prototype.hasOwnProperty.call(value, name)) continue;
        const member = value[name];
        if (member === undefined) continue;
        bytes += name.length + 4;
        if (typeof member === 'string') {
          bytes += member.length;
          continue;
        }
        if (isLeaf(member)) continue;
        this.steps[depth + 1] = name;
        const lowered = this.any(member, depth + 1);
        if (lowered === member) continue;
        copy ??= { ...value };
        // `__proto__` does not set the prototype here: it is an own member of the copy.
        copy[name] = lowered;
      }
    } catch (error) {
      throw this.unreadable(error, depth, reading);
    }
    this.spend(bytes);
    return copy ?? value;
  }

  private rich(kind: RichKind, value: unknown, depth: number): unknown {
    let representation: unknown;
    try {
      representation = kind.lower(value);
    } catch {
      throw unserializable(this.pathTo(depth), `a value of the kind ${kind.name} that cannot be represented`);
    }
    const lowered = isRecord(representation)
      ? this.object(representation, depth, value)
      : this.any(representation, depth);
    return this.addEntry(kind.name, lowered, depth);
  }

  /** Adds a rich value to the table, after the rich values inside its representation. */
  private addEntry(name: string, lowered: unknown, depth: number): unknown {
    this.steps[0] = name;
    const entry = this.steps.slice(0, depth + 1) as TableEntry;
    this.table.push(entry);
    this.tableBytes += bytesOf(entry);
    this.spend(0);
    return lowered;
  }

  /**
   * Merges the entries from `start` on, which belong to the item `index`, into the entries from `before` on, if those
   * are the same for the previous item. `at` is the position of the item in the paths. Returns true if it merged them.
   */
  private mergeEntries(before: number, start: number, at: number, index: number): boolean {
    const { table } = this;
    const count = table.length - start;
    if (start - before !== count) return false;
    for (let i = 0; i < count; i++) if (!continues(table[before + i]!, table[start + i]!, at, index)) return false;
    for (let i = 0; i < count; i++) {
      const entry = table[before + i]!;
      const step = entry[at];
      if (typeof step === 'number') entry[at] = [step, index];
      else if (typeof step === 'object') step[1] = index;
      this.tableBytes -= bytesOf(entry);
    }
    table.length = start;
    return true;
  }

  /** Counts bytes. @throws RedisInfraError CODEC_TOO_LARGE as soon as the lower bound exceeds the limit */
  private spend(bytes: number): void {
    this.bytes += bytes;
    if (this.bytes + this.tableBytes > this.limit) throw tooLargeToWrite(this.limit);
  }

  /**
   * Called for the object at a mark, and when that object occurs again. A value with shared objects may have many more
   * parts than objects, so `ExpandedSize` adds them up first.
   */
  private checkSharing(value: object, depth: number, origin: unknown): void {
    if (this.objects > MAX_PARTS) throw tooManyParts();
    if (value === this.marked) {
      this.marked = undefined;
      this.nextMark = MAX_PARTS + 1;
      this.mayHaveCycle = !new ExpandedSize(this.types, this.limit).isFinite(this.root);
      return;
    }
    // A representation occurs only once.
    if (value !== origin || isMap(this.ancestors[depth - 1])) return;
    this.marked = value;
    this.nextMark = Math.min(Math.floor(this.objects * 1.25), MAX_PARTS + 1);
  }

  /**
   * Creates the error of a getter or proxy that throws. Its own error may quote the value, so the message contains only
   * the path.
   */
  private unreadable(error: unknown, depth: number, step?: Step): Error {
    if (isCodecError(error)) return error;
    const path = this.pathTo(depth);
    if (step !== undefined) path.push(this.displayStep(depth + 1, step));
    return unserializable(path, 'a getter or proxy that throws');
  }

  private pathTo(depth: number): Step[] {
    return this.steps.slice(1, depth + 1).map((step, i) => this.displayStep(i + 1, step));
  }

  /** Formats a step. The representation of a Map is its keys and its values. */
  private displayStep(depth: number, step: Step): Step {
    return isMap(this.ancestors[depth - 1]) ? (step === 0 ? 'keys()' : 'values()') : step;
  }

  private nameOf(depth: number): string {
    return depth === 0 ? '' : String(this.steps[depth]);
  }

  /** Creates the error of a value that is too deep. For a cycle it shows the path to where the cycle closes. */
  private tooDeep(levels: number): Error {
    const seen = new Map<unknown, number>();
    for (const [depth, ancestor] of this.ancestors.slice(0, levels).entries()) {
      if (seen.has(ancestor)) return unserializable(this.pathTo(depth), 'part of itself (a cycle)');
      seen.set(ancestor, depth);
    }
    return unserializable(this.pathTo(10), `the beginning of more than ${MAX_DEPTH} levels`);
  }
}

/** Whether `next` is, for the item `index`, the same as `entry` is for the previous item or items. */
function continues(entry: TableEntry, next: TableEntry, at: number, index: number): boolean {
  if (entry.length !== next.length || entry[0] !== next[0]) return false;
  const step = entry[at];
  if ((typeof step === 'object' ? step[1] : step) !== index - 1) return false;
  for (let i = at + 1; i < entry.length; i++) {
    const [a, b] = [entry[i]!, next[i]!];
    if (a === b) continue;
    if (typeof a !== 'object' || typeof b !== 'object' || a[0] !== b[0] || a[1] !== b[1]) return false;
  }
  return true;
}

/** True for a primitive that JSON represents unchanged. */
function isLeaf(value: unknown): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true;
    case 'number':
      return isPlainNumber(value);
    default:
      return value === null;
  }
}

function isPlainNumber(value: number): boolean {
  return value === 0 ? 1 / value > 0 : Number.isFinite(value);
}

/** A lower bound of the JSON size of a table entry, independent of its ranges. */
function bytesOf(entry: TableEntry): number {
  return entry[0].length + 2 * entry.length;
}
