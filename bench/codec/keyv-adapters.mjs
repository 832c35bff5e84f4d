import { promisify } from 'node:util';
import { brotliCompress, brotliDecompress } from 'node:zlib';
import { deflate, inflate } from 'pako';
import { aesGcm } from './aes-gcm.mjs';

// Adapters of keyv 6 convert text to text. Its compress-gzip, compress-brotli and encrypt-node of version 6 do these
// steps with these defaults; those of version 5, which are published, return bytes that keyv 6 cannot read.

/** compress-gzip: pako's default level, then base64. */
export const gzip = {
  compress: async (text) => Buffer.from(deflate(text)).toString('base64'),
  decompress: async (text) => inflate(Buffer.from(text, 'base64'), { toText: true }),
};

const brotliCompressed = promisify(brotliCompress);
const brotliDecompressed = promisify(brotliDecompress);

/** compress-brotli: the thread pool and zlib's default quality, 11, then base64. */
export const brotli = {
  compress: async (text) => (await brotliCompressed(text)).toString('base64'),
  decompress: async (text) => (await brotliDecompressed(Buffer.from(text, 'base64'))).toString(),
};

/** encrypt-node: AES-256-GCM, then base64. */
export function encryption() {
  const cipher = aesGcm();
  return {
    encrypt: (text) => cipher.seal(text).toString('base64'),
    decrypt: (text) => cipher.unseal(Buffer.from(text, 'base64')).toString(),
  };
}
