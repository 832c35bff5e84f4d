import { RedisInfraError } from '../../common/redis-infra.error.js';
import { isEnvelope, readHeader, SUITE } from './envelope.js';

const SERIALIZERS = ['bytes', 'utf8', 'json', 'json with a table', 'msgpack'];
const COMPRESSORS = ['', 'deflate-raw', 'zstd', 'brotli'];

/** Describes the encoding of stored bytes: `plain`, `envelope: json, deflate-raw, sealed`, or why it is unknown. */
export function describeBytes(bytes: Buffer): string {
  if (!isEnvelope(bytes)) return 'plain';
  try {
    const { serializer, compressor, suite } = readHeader(bytes).header;
    const parts = [SERIALIZERS[serializer], COMPRESSORS[compressor & 15], suite === SUITE.none ? '' : 'sealed'];
    return `envelope: ${parts.filter((part) => part !== '').join(', ')}`;
  } catch (error) {
    return error instanceof RedisInfraError ? `envelope that cannot be read (${error.code})` : 'envelope';
  }
}
