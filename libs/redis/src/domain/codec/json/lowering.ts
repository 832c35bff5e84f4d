import { isMap } from 'node:util/types';
import type { ApplicationTypes } from './application-types.js';
import { ExpandedSize } from './expanded-size.js';
import { BIGINT_KIND, kindOf, NUMBER, refusedKind, UNDEFINED, type RichKind } from './rich-kinds.js';
import { MAX_JSON_BYTES, MAX_PARTS, tooLargeToWrite, tooManyParts } from './value-limits.js';
import { isCodecError, unserializable, type Step } from './value-path.js';

/** How deep a value may nest. */
export const MAX_DEPTH = 1000;
/** After so many objects it looks for the first time whether a value refers to an object again and again. */
const FIRST_MARK = 2 ** 13;

/** A step of a path that many values have: the first and the last of neighbouring items, each of which is gone on from. */
type ItemRange = [first: number, last: number];

/** Rich values of a kind, and the way to what stands for each of them. */
export type TableEntry = [kind: string, ...path: (Step | ItemRange)[]];

/** Before the name of an application's type in the table. */
export const APPLICATION_PREFIX = 'app:';

/**
 * Makes a value one that JSON carries unchanged, with a table of what was replaced. What JSON can carry is looked at and not
 * copied; only the containers on the way to a rich value are. Parts stand in the table before what they are part of.
 */
export class Lowering {
  readonly table: TableEntry[] = [];
  /** A place for a kind, then the way to what is looked at; only the steps up to its depth count. */
  private readonly steps: Step[] = [''];
  /** The objects on that way; for what stands for another, that other. */
  private readonly ancestors: object[] = [];
  private root: unknown;
  private objects = 0;
  /** An object that was met at the last mark: met again, it is shared. */
  private marked: unknown;
  private nextMark = FIRST_MARK;
  private mayHaveCycle = false;
  /** How many bytes of JSON what was looked at takes at least, and its table. */
  private bytes = 0;
  private tableBytes = 0;

  /** @param limit the most bytes of JSON that the value may take */
  constructor(
    private readonly types: ApplicationTypes,
    private readonly limit = MAX_JSON_BYTES,
  ) {}

  /** @throws RedisInfraError CODEC_SERIALIZE naming the path of what cannot be stored; CODEC_TOO_LARGE */
  lower(value: unknown): unknown {
    this.root = value;
    return this.any(value, 0);
  }

  private any(value: unknown, depth: number): unknown {
    switch (typeof value) {
      case 'string':
        this.spend(value.length);
        return value;
      case 'boolean':
        return value;
      case 'number':
        return isPlainNumber(value) ? value : this.rich(NUMBER, value, depth);
      case 'object':
        return value === null ? null : this.object(value, depth);
      case 'bigint':
        return this.rich(BIGINT_KIND, value, depth);
      case 'undefined':
        return this.rich(UNDEFINED, value, depth);
      default:
        throw unserializable(this.pathTo(depth), `a ${typeof value}`);
    }
  }

  /** `origin` is what the object stands for, if it is not itself; `answered`: it is what a toJSON answered, and not asked again. */
  private object(value: object, depth: number, origin = value, answered = false): unknown {
    if (depth >= MAX_DEPTH) throw this.tooDeep(depth);
    this.ancestors[depth] = origin;
    if (++this.objects >= this.nextMark || value === this.marked) this.checkSharing(value, depth, origin);
    if (this.mayHaveCycle && this.ancestors.indexOf(origin) < depth) throw this.tooDeep(depth + 1);
    try {
      if (!this.types.isEmpty) {
        const type = this.types.of(value);
        if (type !== undefined) {
          const json = this.asked(() => type.toJSON(value), depth);
          const lowered = isObject(json) ? this.object(json, depth, origin) : this.any(json, depth);
          return this.noted(APPLICATION_PREFIX + type.name, lowered, depth);
        }
      }
      const prototype: unknown = Object.getPrototypeOf(value);
      if (prototype !== Object.prototype && prototype !== Array.prototype && prototype !== null) {
        const kind = kindOf(value);
        if (kind !== undefined) return this.rich(kind, value, depth);
        const refused = refusedKind(value);
        if (refused !== undefined) throw unserializable(this.pathTo(depth), refused);
      }
      let plain = value;
      if (hasToJSON(value)) {
        if (!answered) {
          const json = this.asked(() => value.toJSON(this.nameOf(depth)), depth);
          return isObject(json) ? this.object(json, depth, origin, true) : this.any(json, depth);
        }
        plain = Array.isArray(value) ? [...(value as unknown[])] : { ...value, toJSON: undefined };
      }
      return Array.isArray(plain) ? this.array(plain, depth) : this.members(plain as Record<string, unknown>, depth);
    } catch (error) {
      throw this.unreadable(error, depth);
    }
  }

  /** What a function of the application's own answers. What it throws may quote the value. */
  private asked(ask: () => unknown, depth: number): unknown {
    try {
      return ask();
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
        if (this.table.length > start && !this.merged(before, start, depth + 1, i)) before = start;
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

  private members(value: Record<string, unknown>, depth: number): unknown {
    let copy: Record<string, unknown> | undefined;
    let bytes = 0;
    let reading: string | undefined;
    try {
      // V8 reads the members of an object that for-in goes through by their place, without looking for their names.
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
        // Even `__proto__` sets no prototype here: the copy has it as a member of its own.
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
      representation = (kind.lower as (value: unknown) => unknown)(value);
    } catch {
      throw unserializable(this.pathTo(depth), `a value of the kind ${kind.name} that cannot be represented`);
    }
    const lowered = isObject(representation)
      ? this.object(representation, depth, value as object)
      : this.any(representation, depth);
    return this.noted(kind.name, lowered, depth);
  }

  /** What stands for it may have rich parts of its own, which come first in the table. */
  private noted(name: string, lowered: unknown, depth: number): unknown {
    this.steps[0] = name;
    const entry = this.steps.slice(0, depth + 1) as TableEntry;
    this.table.push(entry);
    this.tableBytes += bytesOf(entry);
    this.spend(0);
    return lowered;
  }

  /**
   * Says of a range of items what the entries from `start` on say of the item `index`, if those from `before` on say the same
   * of the item before it. `at` is where the items are told apart in their paths.
   */
  private merged(before: number, start: number, at: number, index: number): boolean {
    const { table } = this;
    const count = table.length - start;
    if (start - before !== count) return false;
    for (let i = 0; i < count; i++) if (!continues(table[before + i]!, table[start + i]!, at, index)) return false;
    for (let i = 0; i < count; i++) {
      const entry = table[before + i]!;
      const step = entry[at] as number | ItemRange;
      if (typeof step === 'number') entry[at] = [step, index];
      else step[1] = index;
      this.tableBytes -= bytesOf(entry);
    }
    table.length = start;
    return true;
  }

  /** @throws RedisInfraError CODEC_TOO_LARGE as soon as it is sure that the value takes more than the limit. */
  private spend(bytes: number): void {
    this.bytes += bytes;
    if (this.bytes + this.tableBytes > this.limit) throw tooLargeToWrite(this.limit);
  }

  /**
   * Called for the object that is met at a mark, and for that object when it is met again. Then the value may have many more parts than
   * objects, so they are added up before this goes on.
   */
  private checkSharing(value: object, depth: number, origin: object): void {
    if (this.objects > MAX_PARTS) throw tooManyParts();
    if (value === this.marked) {
      this.marked = undefined;
      this.nextMark = MAX_PARTS + 1;
      this.mayHaveCycle = !new ExpandedSize(this.types, this.limit).isFinite(this.root);
      return;
    }
    // What was made only to stand for another is never met again.
    if (value !== origin || isMap(this.ancestors[depth - 1])) return;
    this.marked = value;
    this.nextMark = Math.min(Math.floor(this.objects * 1.25), MAX_PARTS + 1);
  }

  /** A getter of the application's own, or a proxy: what it throws may quote the value, so it is named by its place only. */
  private unreadable(error: unknown, depth: number, step?: Step): Error {
    if (isCodecError(error)) return error;
    const path = this.pathTo(depth);
    if (step !== undefined) path.push(this.shown(depth + 1, step));
    return unserializable(path, 'something that throws when it is read');
  }

  private pathTo(depth: number): Step[] {
    return this.steps.slice(1, depth + 1).map((step, i) => this.shown(i + 1, step));
  }

  /** A step as it is shown: what stands for a Map are its keys and its values. */
  private shown(depth: number, step: Step): Step {
    return isMap(this.ancestors[depth - 1]) ? (step === 0 ? 'keys()' : 'values()') : step;
  }

  private nameOf(depth: number): string {
    return depth === 0 ? '' : String(this.steps[depth]);
  }

  /** A cycle is too deep as well; then the way to where it closes says more than a thousand steps. */
  private tooDeep(levels: number): Error {
    const seen = new Map<object, number>();
    for (const [depth, ancestor] of this.ancestors.slice(0, levels).entries()) {
      if (seen.has(ancestor)) return unserializable(this.pathTo(depth), 'part of itself (a cycle)');
      seen.set(ancestor, depth);
    }
    return unserializable(this.pathTo(10), `the beginning of more than ${MAX_DEPTH} levels`);
  }
}

/** Whether `next` says of the item `index` what `entry` says of the one before it, and maybe of more before that. */
function continues(entry: TableEntry, next: TableEntry, at: number, index: number): boolean {
  if (entry.length !== next.length || entry[0] !== next[0]) return false;
  const step = entry[at];
  if ((typeof step === 'object' ? step[1] : step) !== index - 1) return false;
  for (let i = at + 1; i < entry.length; i++) {
    const [one, other] = [entry[i]!, next[i]!];
    if (one === other) continue;
    if (typeof one !== 'object' || typeof other !== 'object' || one[0] !== other[0] || one[1] !== other[1])
      return false;
  }
  return true;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** What JSON carries as it is, with nothing inside. */
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

interface WithToJSON {
  toJSON(name: string): unknown;
}

function hasToJSON(value: object): value is WithToJSON {
  return typeof (value as Partial<WithToJSON>).toJSON === 'function';
}

/** How many bytes an entry of the table takes at least; the same however far its ranges reach. */
function bytesOf(entry: TableEntry): number {
  return entry[0].length + 2 * entry.length;
}
