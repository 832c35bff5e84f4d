import { RedisInfraError } from '../../common/redis-infra.error.js';
import { readMeta, writeMeta } from './entry-meta.tlv.js';
import type { EntryMeta } from '../value-codec.js';

/** The serialiser byte. */
export const SERIALIZER = { bytes: 0, utf8: 1, json: 2, jsonTable: 3, msgpack: 4 } as const;
/** A value of the serialiser byte. */
export type Serializer = (typeof SERIALIZER)[keyof typeof SERIALIZER];

/** The encryption suite byte. */
export const SUITE = { none: 0, xaes256gcm: 1 } as const;

/** The bits of the flags byte. */
export const FLAG = { unbound: 1, padded: 2 } as const;

const MAGIC = [0xc1, 0x52] as const;
const VERSION = 1;
/** The length of a header without a meta block. */
export const FIXED_BYTES = 8;
const DICTIONARY = 16;
const COMPRESSORS = 3;

/** The header of an envelope. @see docs/envelope.md */
export interface EnvelopeHeader {
  readonly flags: number;
  readonly serializer: number;
  /** 0 means not compressed. 16 is added if the body begins with the id of a dictionary. */
  readonly compressor: number;
  readonly suite: number;
  readonly meta: EntryMeta | undefined;
}

/** Writes the bytes before the key id or the body. They are authenticated if the value is sealed. */
export function writeHeader({ flags, serializer, compressor, suite, meta }: EnvelopeHeader): Buffer {
  const block = meta === undefined ? undefined : writeMeta(meta);
  const length = block?.length ?? 0;
  const header = Buffer.allocUnsafe(FIXED_BYTES + length);
  header[0] = MAGIC[0];
  header[1] = MAGIC[1];
  header[2] = VERSION;
  header[3] = flags;
  header[4] = serializer;
  header[5] = compressor;
  header[6] = suite;
  header[7] = length;
  if (block !== undefined) header.set(block, FIXED_BYTES);
  return header;
}

/** True for bytes that begin like an envelope, which JSON, UTF-8 text and MessagePack never do. */
export function isEnvelope(bytes: Uint8Array): boolean {
  return bytes[0] === MAGIC[0] && bytes[1] === MAGIC[1];
}

/**
 * Reads a header.
 * @throws RedisInfraError CODEC_MALFORMED; CODEC_UNSUPPORTED for a header that a newer version may have written
 */
export function readHeader(bytes: Buffer): {
  readonly header: EnvelopeHeader;
  readonly headerBytes: Buffer;
  readonly rest: Buffer;
} {
  if (bytes.length > 2 && bytes[2] !== VERSION) throw unsupported('version');
  if (bytes.length < FIXED_BYTES) throw malformed();
  const flags = bytes[3]!;
  const serializer = bytes[4]!;
  const compressor = bytes[5]!;
  const suite = bytes[6]!;
  const length = bytes[7]!;
  if ((flags & ~(FLAG.unbound | FLAG.padded)) !== 0) throw unsupported('flags');
  if (serializer > SERIALIZER.msgpack) throw unsupported('serializer');
  if ((compressor & ~DICTIONARY) > COMPRESSORS || compressor === DICTIONARY) throw unsupported('compressor');
  if (suite > SUITE.xaes256gcm) throw unsupported('suite');
  // Both flags are only valid for sealed values.
  if (suite === SUITE.none && flags !== 0) throw unsupported('flags');
  const end = FIXED_BYTES + length;
  if (bytes.length < end) throw malformed();
  const meta = length === 0 ? undefined : readMeta(bytes.subarray(FIXED_BYTES, end));
  return {
    header: { flags, serializer, compressor, suite, meta },
    headerBytes: bytes.subarray(0, end),
    rest: bytes.subarray(end),
  };
}

function malformed(): RedisInfraError {
  return new RedisInfraError('CODEC_MALFORMED', 'the stored envelope is damaged', { outcome: 'executed' });
}

function unsupported(what: string): RedisInfraError {
  return new RedisInfraError(
    'CODEC_UNSUPPORTED',
    `the ${what} of the stored envelope is unknown to this version of the package`,
    {
      outcome: 'executed',
      context: { what },
    },
  );
}
