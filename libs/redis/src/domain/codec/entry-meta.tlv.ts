import { RedisInfraError } from '../../common/redis-infra.error.js';
import type { EntryMeta } from '../value-codec.js';

/** The types of the meta block. A reader must refuse an unknown type from 128 on. */
const TYPE = { created: 1, freshUntil: 2, expires: 3, loadMs: 4, schema: 5, clock: 6, tags: 7 } as const;
const FIRST_CRITICAL = 128;

const NUMBERS = [
  ['created', TYPE.created, 6],
  ['freshUntil', TYPE.freshUntil, 6],
  ['expires', TYPE.expires, 6],
  ['loadMs', TYPE.loadMs, 4],
  ['schema', TYPE.schema, 2],
  ['clock', TYPE.clock, 6],
] as const satisfies readonly (readonly [keyof EntryMeta, number, number])[];

const TAG_BYTES = 8;
const TAG = /^[0-9a-f]{16}$/;
/** The maximum number of tags of one entry. */
export const MAX_TAGS = 24;

/**
 * Writes the meta block, a sequence of type, length and value.
 * @throws RedisInfraError VALUE_INVALID if a field is out of range
 */
export function writeMeta(meta: EntryMeta): Buffer {
  const parts: Buffer[] = [];
  for (const [name, type, length] of NUMBERS) {
    const value = meta[name];
    if (value === undefined) continue;
    if (!Number.isSafeInteger(value) || value < 0 || value >= 2 ** (8 * length)) throw invalid(name);
    const part = Buffer.alloc(2 + length);
    part.set([type, length]);
    part.writeUIntBE(value, 2, length);
    parts.push(part);
  }
  const { tags = [] } = meta;
  if (tags.length > MAX_TAGS || !tags.every((tag) => TAG.test(tag))) throw invalid('tags');
  if (tags.length > 0) parts.push(Buffer.from([TYPE.tags, tags.length * TAG_BYTES]), Buffer.from(tags.join(''), 'hex'));
  return Buffer.concat(parts);
}

/** Reads a meta block. @throws RedisInfraError CODEC_MALFORMED; CODEC_UNSUPPORTED for an unknown critical type */
export function readMeta(block: Buffer): EntryMeta | undefined {
  if (block.length === 0) return undefined;
  const meta: Record<string, number | string[]> = {};
  const seen = new Set<number>();
  for (let at = 0; at < block.length;) {
    const type = block.readUInt8(at);
    const length = block[at + 1] ?? block.length;
    const value = block.subarray(at + 2, at + 2 + length);
    if (value.length !== length || seen.has(type)) throw malformed();
    seen.add(type);
    readField(type, value, meta);
    at += 2 + length;
  }
  return meta;
}

function readField(type: number, value: Buffer, meta: Record<string, number | string[]>): void {
  const number = NUMBERS.find(([, fieldType]) => fieldType === type);
  if (number !== undefined) {
    const [name, , length] = number;
    if (value.length !== length) throw malformed();
    meta[name] = value.readUIntBE(0, length);
  } else if (type === TYPE.tags) {
    if (value.length === 0 || value.length % TAG_BYTES !== 0 || value.length > MAX_TAGS * TAG_BYTES) throw malformed();
    meta.tags = value.toString('hex').match(/.{16}/g) ?? [];
  } else if (type >= FIRST_CRITICAL) {
    throw new RedisInfraError('CODEC_UNSUPPORTED', 'the stored value needs a newer version of this package', {
      outcome: 'executed',
      context: { metaType: type },
    });
  }
}

function invalid(name: string): RedisInfraError {
  return new RedisInfraError('VALUE_INVALID', `the meta of the entry cannot be stored: ${name} is out of range`, {
    context: { name },
  });
}

function malformed(): RedisInfraError {
  return new RedisInfraError('CODEC_MALFORMED', 'the meta block of the stored value is damaged', {
    outcome: 'executed',
  });
}
