import { RedisInfraError } from '../../common/redis-infra.error.js';

/**
 * A compressed body, numbers big-endian:
 *
 * | bytes | field |
 * |---|---|
 * | 2 | dictionary id, only if 16 is added to the compressor byte |
 * | 4 | raw length |
 * | … | compressed data, to the end |
 */
export interface CompressedBody {
  readonly dictionaryId: number | undefined;
  readonly rawBytes: number;
  readonly data: Buffer;
}

const ID_BYTES = 2;
const LENGTH_BYTES = 4;

/** The number of bytes before the compressed data. */
export function bodyHeaderBytes(withDictionary: boolean): number {
  return withDictionary ? ID_BYTES + LENGTH_BYTES : LENGTH_BYTES;
}

/** Writes a body into a new buffer of exactly its size. */
export function writeBody({ dictionaryId, rawBytes, data }: CompressedBody): Buffer {
  const headerBytes = bodyHeaderBytes(dictionaryId !== undefined);
  const body = Buffer.allocUnsafeSlow(headerBytes + data.length);
  if (dictionaryId !== undefined) body.writeUInt16BE(dictionaryId);
  body.writeUInt32BE(rawBytes, headerBytes - LENGTH_BYTES);
  data.copy(body, headerBytes);
  return body;
}

/**
 * Reads the parts of a body; `data` is a view of it.
 * @throws RedisInfraError CODEC_MALFORMED if it is shorter than its header
 */
export function readBody(body: Buffer, withDictionary: boolean): CompressedBody {
  const headerBytes = bodyHeaderBytes(withDictionary);
  if (body.length < headerBytes) {
    throw new RedisInfraError(
      'CODEC_MALFORMED',
      `a compressed value has at least ${headerBytes} bytes, this one has ${body.length}`,
      { outcome: 'executed', context: { bytes: body.length } },
    );
  }
  return {
    dictionaryId: withDictionary ? body.readUInt16BE() : undefined,
    rawBytes: body.readUInt32BE(headerBytes - LENGTH_BYTES),
    data: body.subarray(headerBytes),
  };
}
