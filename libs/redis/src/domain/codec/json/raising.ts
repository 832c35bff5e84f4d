import { RedisInfraError } from '../../../common/redis-infra.error.js';
import type { ApplicationType, ApplicationTypes } from './application-types.js';
import { APPLICATION_PREFIX } from './lowering.js';
import { kindNamed, malformed } from './rich-kinds.js';
import { isWithinSteps, LONG_BODY_BYTES } from './table-steps.js';

/**
 * Puts the rich values of a table back into what JSON carried. Every step must be an own, enumerable member of what is there: a path that
 * was not written by `Lowering` leads nowhere, least of all to a prototype. What an application's own function throws, and what
 * BigInt, URL and RegExp do, quotes what they were given: it is not passed on.
 * @param bytes the length of the body that was read, which bounds the steps of the paths
 * @throws RedisInfraError CODEC_DESERIALIZE; CODEC_UNSUPPORTED for a kind or type that this version or application does not know
 */
export function raise(value: unknown, table: unknown, types: ApplicationTypes, bytes = LONG_BODY_BYTES): unknown {
  if (!Array.isArray(table) || !isWithinSteps(table, bytes)) throw malformed('table');
  const root = [value];
  try {
    for (const entry of table) {
      if (!Array.isArray(entry) || typeof entry[0] !== 'string') throw malformed('table');
      const raiser = raiserOf(entry[0], types);
      if (entry.length === 1) root[0] = raiser(root[0]);
      else along(entry, 1, containerAt(root, 0), raiser);
    }
  } catch (error) {
    throw error instanceof RedisInfraError ? error : malformed('rich value');
  }
  return root[0];
}

type Raiser = (json: unknown) => unknown;

/** From the step `at` of the entry on, which leads on from `container`. */
function along(entry: readonly unknown[], at: number, container: object, raiser: Raiser): void {
  const step = entry[at];
  if (!Array.isArray(step)) return follow(entry, at, container, stepOf(step), raiser);
  const [first, last] = rangeOf(step, container);
  for (let i = first; i <= last; i++) follow(entry, at, container, i, raiser);
}

function follow(entry: readonly unknown[], at: number, container: object, step: string | number, raiser: Raiser): void {
  if (at < entry.length - 1) return along(entry, at + 1, containerAt(container, step), raiser);
  // Even `__proto__` sets no prototype here: it is a member of its own.
  (container as Record<string | number, unknown>)[step] = raiser(memberAt(container, step));
}

/** The first and the last of at least two neighbouring items that there are. */
function rangeOf(step: readonly unknown[], container: object): readonly [number, number] {
  const [first, last] = step;
  const isRange =
    step.length === 2 && Number.isInteger(first) && Number.isInteger(last) && (first as number) < (last as number);
  if (!isRange || !Array.isArray(container) || (last as number) >= container.length) throw malformed('table');
  return [first as number, last as number];
}

function raiserOf(name: string, types: ApplicationTypes): Raiser {
  const raiser = name.startsWith(APPLICATION_PREFIX)
    ? raiserOfType(types.named(name.slice(APPLICATION_PREFIX.length)))
    : kindNamed(name)?.raise;
  if (raiser !== undefined) return raiser;
  throw new RedisInfraError(
    'CODEC_UNSUPPORTED',
    'the value holds a type that is not known here: register it, or upgrade this process',
    {
      outcome: 'executed',
    },
  );
}

function raiserOfType(type: ApplicationType | undefined): Raiser | undefined {
  if (type === undefined) return undefined;
  return (json) => {
    try {
      return type.fromJSON(json);
    } catch {
      throw malformed(APPLICATION_PREFIX + type.name);
    }
  };
}

/** An array or object of JSON, and nothing that was raised already: parts come before what they are part of. */
function containerAt(container: object, step: string | number): object {
  const member = memberAt(container, step);
  const isJson = Array.isArray(member) || (isObject(member) && Object.getPrototypeOf(member) === Object.prototype);
  if (!isJson) throw malformed('table');
  return member;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** An array's items only, not its `length`; an object of JSON has no members but enumerable ones. */
function memberAt(container: object, step: string | number): unknown {
  if (!Object.hasOwn(container, step) || (typeof step === 'string' && Array.isArray(container)))
    throw malformed('table');
  return (container as Record<string | number, unknown>)[step];
}

function stepOf(step: unknown): string | number {
  if (typeof step !== 'string' && typeof step !== 'number') throw malformed('table');
  return step;
}
