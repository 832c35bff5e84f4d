import { RedisInfraError } from '../../common/redis-infra.error.js';

/** How deep a value may nest. */
export const MAX_DEPTH = 1000;

interface Copied {
  readonly value: unknown;
  /** About as many bytes as the value takes in memory. */
  readonly bytes: number;
}

/** Refuses what JSON would lose or change without saying so. @throws RedisInfraError CODEC_SERIALIZE naming the path. */
export function checkJson(value: unknown): void {
  const reached = walk(value, 0);
  if (reached !== undefined) throw unserializable(reached);
}

/** An independent copy of what JSON can carry, exactly as a round trip through JSON would give it. @throws CODEC_SERIALIZE. */
export function copyJson(value: unknown): Copied {
  checkJson(value);
  const size = { bytes: 0 };
  return { value: copy(value, size), bytes: size.bytes };
}

/** An independent copy of a value that `copyJson` made. */
export function recopyJson<T>(value: unknown): T {
  return copy(value, { bytes: 0 }) as T;
}

/** What was wrong, and the way to it, innermost first: the path is only built when there is an error to name it. */
interface Problem {
  readonly what: string;
  readonly path: (string | number)[];
}

function walk(value: unknown, depth: number): Problem | undefined {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return undefined;
    case 'number':
      if (!Number.isFinite(value)) return problem(String(value));
      return Object.is(value, -0) ? problem('-0') : undefined;
    case 'object':
      return value === null ? undefined : walkObject(value, depth);
    default:
      return problem(typeof value);
  }
}

function walkObject(value: object, depth: number): Problem | undefined {
  if (depth >= MAX_DEPTH) return problem(`more than ${MAX_DEPTH} levels (or a cycle)`);
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      const found = walk(value[i], depth + 1);
      if (found !== undefined) return within(i, found);
    }
    return undefined;
  }
  const refused = refusedKind(value);
  if (refused !== undefined) return problem(refused);
  const json = throughToJSON(value);
  if (json !== value) return walk(json, depth + 1);
  for (const name of Object.keys(value)) {
    const member = (value as Record<string, unknown>)[name];
    if (member === undefined) continue;
    const found = walk(member, depth + 1);
    if (found !== undefined) return within(name, found);
  }
  return undefined;
}

/** Built-in kinds that JSON would turn into something else, `toJSON` or not. */
const RICH_KINDS: ReadonlySet<string> = new Set([
  'Date',
  'Map',
  'Set',
  'RegExp',
  'Error',
  'URL',
  'ArrayBuffer',
  'SharedArrayBuffer',
  'Promise',
  'Boolean',
  'Number',
  'String',
]);

/** The kind of an object that JSON would lose or change; undefined where it carries it. */
function refusedKind(value: object): string | undefined {
  if (Object.getPrototypeOf(value) === Object.prototype && !('toJSON' in value)) return undefined;
  if (Buffer.isBuffer(value)) return 'Buffer';
  const kind = Object.prototype.toString.call(value).slice(8, -1);
  if (ArrayBuffer.isView(value) || RICH_KINDS.has(kind)) return kind;
  return kind === 'Object' || hasToJSON(value) ? undefined : kind;
}

function throughToJSON(value: object): unknown {
  return hasToJSON(value) ? value.toJSON('') : value;
}

function hasToJSON(value: object): value is { toJSON(name: string): unknown } {
  return 'toJSON' in value && typeof value.toJSON === 'function';
}

function copy(value: unknown, size: { bytes: number }): unknown {
  if (typeof value === 'string') size.bytes += 16 + value.length * 2;
  else size.bytes += 8;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => copy(item, size));
  const json = throughToJSON(value);
  return json === value ? copyMembers(value as Record<string, unknown>, size) : copy(json, size);
}

function copyMembers(from: Record<string, unknown>, size: { bytes: number }): Record<string, unknown> {
  const to: Record<string, unknown> = {};
  for (const name of Object.keys(from)) {
    const member = from[name];
    if (member === undefined) continue;
    size.bytes += 16 + name.length * 2;
    const copied = copy(member, size);
    // Assigning to `__proto__` would set the prototype; JSON.parse makes a member of it.
    if (name === '__proto__')
      Object.defineProperty(to, name, { value: copied, writable: true, enumerable: true, configurable: true });
    else to[name] = copied;
  }
  return to;
}

function problem(what: string): Problem {
  return { what, path: [] };
}

function within(step: string | number, inner: Problem): Problem {
  inner.path.push(step);
  return inner;
}

function unserializable({ what, path }: Problem): RedisInfraError {
  const where = path
    .reverse()
    .reduce<string>((text, step) => text + (typeof step === 'number' ? `[${step}]` : `.${step}`), '$');
  return new RedisInfraError(
    'CODEC_SERIALIZE',
    `the value cannot be stored: ${where} is ${what}, which JSON cannot carry`,
    {
      context: { path: where },
    },
  );
}
