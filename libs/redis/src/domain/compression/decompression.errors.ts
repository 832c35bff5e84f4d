import { RedisInfraError, type ErrorContext } from '../../common/redis-infra.error.js';
import type { CompressedBody } from './compressed-body.js';

/** Creates the error of an algorithm that this Node.js does not support. A newer process may have written the value. */
export function unsupportedCompressor(compressor: number): RedisInfraError {
  return unsupported(`the compression of the value is not supported by this version of Node.js (${compressor})`, {
    compressor,
  });
}

/** Creates the error of a dictionary that is not configured. A newer process may have written the value. */
export function unknownDictionary(dictionary: number): RedisInfraError {
  return unsupported(`the value is compressed with the dictionary ${dictionary}, which is not configured`, {
    dictionary,
  });
}

/** Creates the error of a body that declares more raw bytes than `maxDecodedBytes`. */
export function declaredTooLarge(bytes: number, limit: number): RedisInfraError {
  return new RedisInfraError(
    'CODEC_TOO_LARGE',
    `the value is too large to be read: it declares ${bytes} bytes, the limit is ${limit}`,
    { outcome: 'executed', context: { bytes, limit } },
  );
}

/** Creates the error of damaged data. The error of node:zlib is not its cause, because it may quote the data. */
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
