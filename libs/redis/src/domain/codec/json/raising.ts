import { isRecord } from '../../../common/records.js';
import { RedisInfraError } from '../../../common/redis-infra.error.js';
import type { ApplicationType, ApplicationTypes } from './application-types.js';
import { APPLICATION_PREFIX } from './lowering.js';
import { kindNamed, malformed } from './rich-kinds.js';
import { isWithinSteps, LONG_BODY_BYTES } from './table-steps.js';

/**
 * Restores the rich values of a table in a value that was read from JSON. Every step must be an own, enumerable member,
 * so a forged path cannot reach a prototype. Errors of application functions and of BigInt, URL and RegExp are not
 * passed on, because they may quote the value.
 * @param bytes the length of the body, which limits the number of steps
 * @throws RedisInfraError CODEC_DESERIALIZE; CODEC_UNSUPPORTED for a kind or type that is unknown to this version or
 * application
 */
export function raise(value: unknown, table: unknown, types: ApplicationTypes, bytes = LONG_BODY_BYTES): unknown {
  if (!Array.isArray(table) || !isWithinSteps(table, bytes)) throw malformed('table');
  const root: Container = { 0: value };
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

/** An array or object of JSON. */
type Container = Record<string | number, unknown>;

/** Follows the path of an entry from the step `at` on, starting at `container`. */
function along(entry: readonly unknown[], at: number, container: Container, raiser: Raiser): void {
  const step = entry[at];
  if (!Array.isArray(step)) return follow(entry, at, container, stepOf(step), raiser);
  const [first, last] = rangeOf(step, container);
  for (let i = first; i <= last; i++) follow(entry, at, container, i, raiser);
}

function follow(
  entry: readonly unknown[],
  at: number,
  container: Container,
  step: string | number,
  raiser: Raiser,
): void {
  if (at < entry.length - 1) return along(entry, at + 1, containerAt(container, step), raiser);
  // `__proto__` does not set the prototype here: it is an own member.
  container[step] = raiser(memberAt(container, step));
}

/** Reads a range: the first and the last index of at least two existing items. */
function rangeOf(step: readonly unknown[], container: Container): readonly [number, number] {
  const [first, last] = step;
  if (step.length !== 2 || !isInteger(first) || !isInteger(last) || first >= last) throw malformed('table');
  if (!Array.isArray(container) || last >= container.length) throw malformed('table');
  return [first, last];
}

function isInteger(value: unknown): value is number {
  return Number.isInteger(value);
}

function raiserOf(name: string, types: ApplicationTypes): Raiser {
  const raiser = name.startsWith(APPLICATION_PREFIX)
    ? raiserOfType(types.named(name.slice(APPLICATION_PREFIX.length)))
    : kindNamed(name)?.raise;
  if (raiser !== undefined) return raiser;
  throw new RedisInfraError(
    'CODEC_UNSUPPORTED',
    'the value contains an unknown type: register it in codec.types, or upgrade this process',
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

/**
 * Returns an array or object of JSON. A value that is already restored is refused: inner values precede their
 * containers.
 */
function containerAt(container: Container, step: string | number): Container {
  const member = memberAt(container, step);
  if (!isContainer(member)) throw malformed('table');
  return member;
}

function isContainer(value: unknown): value is Container {
  return Array.isArray(value) || (isRecord(value) && Object.getPrototypeOf(value) === Object.prototype);
}

/** Returns an item of an array (not its `length`) or a member of an object. */
function memberAt(container: Container, step: string | number): unknown {
  if (!Object.hasOwn(container, step) || (typeof step === 'string' && Array.isArray(container)))
    throw malformed('table');
  return container[step];
}

function stepOf(step: unknown): string | number {
  if (typeof step !== 'string' && typeof step !== 'number') throw malformed('table');
  return step;
}
