import { RedisInfraError } from '../../common/redis-infra.error.js';
import type { ApplicationType, ApplicationTypes } from './application-types.js';
import { APPLICATION_PREFIX } from './lowering.js';
import { kindNamed, malformed } from './rich-kinds.js';

/**
 * Puts the rich values of a table back into what JSON carried. Every step must be an own, enumerable member of what is there: a path that
 * was not written by `Lowering` leads nowhere, least of all to a prototype. What an application's own function throws, and what
 * BigInt, URL and RegExp do, quotes what they were given: it is not passed on.
 * @throws RedisInfraError CODEC_DESERIALIZE; CODEC_UNSUPPORTED for a kind or type that this version or application does not know
 */
export function raise(value: unknown, table: unknown, types: ApplicationTypes): unknown {
  if (!Array.isArray(table)) throw malformed('table');
  const root = [value];
  for (const entry of table) {
    if (!Array.isArray(entry) || typeof entry[0] !== 'string') throw malformed('table');
    try {
      raiseAt(root, entry as [string, ...unknown[]], types);
    } catch (error) {
      throw error instanceof RedisInfraError ? error : malformed('rich value');
    }
  }
  return root[0];
}

function raiseAt(root: unknown[], entry: readonly [string, ...unknown[]], types: ApplicationTypes): void {
  let container: object = root;
  let step: string | number = 0;
  for (let i = 1; i < entry.length; i++) {
    container = containerAt(container, step);
    step = stepOf(entry[i]);
  }
  const raised = raiserOf(entry[0], types)(memberAt(container, step));
  // Even `__proto__` sets no prototype here: it is a member of its own.
  (container as Record<string | number, unknown>)[step] = raised;
}

function raiserOf(name: string, types: ApplicationTypes): (json: unknown) => unknown {
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

function raiserOfType(type: ApplicationType | undefined): ((json: unknown) => unknown) | undefined {
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

/** JSON has enumerable members only: an array's `length` is none of them. */
function memberAt(container: object, step: string | number): unknown {
  if (!Object.prototype.propertyIsEnumerable.call(container, step)) throw malformed('table');
  return (container as Record<string | number, unknown>)[step];
}

function stepOf(step: unknown): string | number {
  if (typeof step !== 'string' && typeof step !== 'number') throw malformed('table');
  return step;
}
