import { RedisInfraError } from '../../common/redis-infra.error.js';
import type { ApplicationTypes } from './application-types.js';
import { BIGINT_KIND, kindOf, NUMBER, refusedKind, UNDEFINED, type RichKind } from './rich-kinds.js';
import { unserializable, type Step } from './value-path.js';

/** How deep a value may nest. */
export const MAX_DEPTH = 1000;
/**
 * The most objects, counted wherever they are met, and the most items of an array. More are no value for a cache, and may have
 * no end in sight: objects that share others can have more ways than anybody can go, and an array a hole of billions.
 */
const MAX_PARTS = 2 ** 24;
/** The most steps to all the rich values of a value: more would hold its reader for too long. */
export const MAX_STEPS = 2 ** 25;

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
  private objects = 0;
  private stepsToRich = 0;

  constructor(private readonly types: ApplicationTypes) {}

  /** @throws RedisInfraError CODEC_SERIALIZE naming the path of what cannot be stored; CODEC_TOO_LARGE */
  lower(value: unknown): unknown {
    try {
      return this.any(value, 0);
    } catch (error) {
      if (error instanceof RedisInfraError) throw error;
      // A getter of the application's own, or a proxy: what it throws may quote the value.
      throw unserializable([], 'or holds something that throws when it is read, or has no end');
    }
  }

  private any(value: unknown, depth: number): unknown {
    switch (typeof value) {
      case 'string':
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
    if (depth >= MAX_DEPTH) throw this.tooDeep();
    if (++this.objects > MAX_PARTS) throw tooManyParts();
    this.ancestors[depth] = origin;
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
    let copy: unknown[] | undefined;
    let before = this.table.length;
    for (let i = 0; i < values.length; i++) {
      const value = values[i];
      if (isLeaf(value)) continue;
      this.steps[depth + 1] = i;
      const start = this.table.length;
      const lowered = this.any(value, depth + 1);
      if (this.table.length > start && !this.merged(before, start, depth + 1, i)) before = start;
      if (lowered === value) continue;
      copy ??= [...values];
      copy[i] = lowered;
    }
    return copy ?? values;
  }

  private members(value: Record<string, unknown>, depth: number): unknown {
    let copy: Record<string, unknown> | undefined;
    // V8 reads the members of an object that for-in goes through by their place, without looking for their names.
    for (const name in value) {
      if (!Object.prototype.hasOwnProperty.call(value, name)) continue;
      const member = value[name];
      if (isLeaf(member) || member === undefined) continue;
      this.steps[depth + 1] = name;
      const lowered = this.any(member, depth + 1);
      if (lowered === member) continue;
      copy ??= { ...value };
      // Even `__proto__` sets no prototype here: the copy has it as a member of its own.
      copy[name] = lowered;
    }
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
    this.stepsToRich += depth;
    if (this.stepsToRich > MAX_STEPS) throw tooManyParts();
    this.steps[0] = name;
    this.table.push(this.steps.slice(0, depth + 1) as TableEntry);
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
    }
    table.length = start;
    return true;
  }

  private pathTo(depth: number): Step[] {
    return this.steps.slice(1, depth + 1);
  }

  private nameOf(depth: number): string {
    return depth === 0 ? '' : String(this.steps[depth]);
  }

  /** A cycle is too deep as well; then the way to where it closes says more than a thousand steps. */
  private tooDeep(): Error {
    const seen = new Map<object, number>();
    for (const [depth, ancestor] of this.ancestors.entries()) {
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

function tooManyParts(): RedisInfraError {
  return new RedisInfraError('CODEC_TOO_LARGE', 'the value is too large to be written: it has too many parts');
}
