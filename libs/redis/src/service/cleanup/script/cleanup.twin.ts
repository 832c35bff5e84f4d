import type { MemoryKeyFacts, ScriptArg, ScriptMemory } from '../../../domain/cache-store.js';
import { SERIALIZER, SUITE, writeHeader } from '../../../domain/codec/envelope.js';

/** The text that a cleanup keeps in the embedded store. */
class ProgressRecord {
  constructor(
    readonly fence: number,
    readonly text: string,
  ) {}
}

/** The twin of inspect-keys.lua. */
export function inspectInMemory(memory: ScriptMemory, keys: readonly string[]): readonly (number | Buffer)[] {
  const facts = keys.flatMap((key) => {
    const known = memory.keys?.describe(key);
    return known === undefined ? [-2, Buffer.alloc(0), 0] : [known.ttlMs ?? -1, headOf(known), known.bytes];
  });
  return [Math.floor(memory.nowUs / 1000), ...facts];
}

/** The twin of clean-keys.lua. It does not know when a key was used last. */
export function cleanInMemory(
  memory: ScriptMemory,
  keys: readonly string[],
  [isDry, ...rules]: readonly ScriptArg[],
): readonly number[] {
  return keys.map((key, at) => {
    const given = rules[at] ?? '';
    const rule = Buffer.isBuffer(given) ? given : Buffer.from(String(given));
    const known = memory.keys?.describe(key);
    if (known === undefined || !holds(known, rule)) return -1;
    if (String(isDry) !== '1') apply(memory, key, rule.toString());
    return known.bytes;
  });
}

/** The twin of save-progress.lua. */
export function saveInMemory(memory: ScriptMemory, key: string, args: readonly ScriptArg[]): string {
  const [fence, text = '', ttlMs] = args.map(String);
  const stored = memory.get(key);
  const record = stored instanceof ProgressRecord ? stored : undefined;
  if (text === '' || (record !== undefined && record.fence > Number(fence))) return record?.text ?? '';
  memory.set(key, new ProgressRecord(Number(fence), text), Number(ttlMs));
  return text;
}

function apply(memory: ScriptMemory, key: string, rule: string): void {
  if (rule.startsWith('x')) memory.keys?.expire(key, Number(rule.slice(1)));
  else memory.delete(key);
}

function holds(known: MemoryKeyFacts, rule: Buffer): boolean {
  if (rule.toString('latin1', 0, 1) === 'h') return headOf(known).equals(rule.subarray(1));
  return known.ttlMs === null;
}

/** The embedded store keeps the meta beside the value: this is the header that it would have. */
function headOf({ meta }: MemoryKeyFacts): Buffer {
  if (meta === undefined) return Buffer.alloc(0);
  return writeHeader({ flags: 0, serializer: SERIALIZER.json, compressor: 0, suite: SUITE.none, meta });
}
