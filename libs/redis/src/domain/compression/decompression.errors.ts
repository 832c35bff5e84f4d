import { RedisInfraError, type ErrorContext } from '../../common/redis-infra.error.js';
import type { CompressedBody } from './compressed-body.js';

/** The error of an algorithm that this Node cannot read; a newer process may have written it. */
export function unsupportedCompressor(compressor: number): RedisInfraError {
  return unsupported(`the value is compressed in a way that cannot be read here (${compressor})`, { compressor });
}

/** The error of a dictionary that is not configured; a newer process may have written with it. */
export function unknownDictionary(dictionary: number): RedisInfraError {
  return unsupported(`the value is compressed with the dictionary ${dictionary}, which is not known here`, {
    dictionary,
  });
}

/** The error of a body that declares more raw bytes than may be read. */
export function declaredTooLarge(bytes: number, limit: number): RedisInfraError {
  return new RedisInfraError(
    'CODEC_TOO_LARGE',
    `the value is too large to be read: it declares ${bytes} bytes, of at most ${limit}`,
    { outcome: 'executed', context: { bytes, limit } },
  );
}

/** The error of data that is damaged. What node:zlib says of it is not passed on, so that nothing of the data ever is. */
export function damaged(algorithm: string, { data, rawBytes }: CompressedBody): RedisInfraError {
  return new RedisInfraError(
    'CODEC_DECOMPRESS',
    `the compressed value is damaged: its ${data.length} bytes of ${algorithm} are not the ${rawBytes} bytes that it declares`,
    { outcome: 'executed', context: { algorithm, compressedBytes: data.length, declaredBytes: rawBytes } },
  );
}

function unsupported(message: string, context: ErrorContext): RedisInfraError {
  return new RedisInfraError('CODEC_UNSUPPORTED', message, { outcome: 'executed', context });
}
