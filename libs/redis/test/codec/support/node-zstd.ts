import * as zlib from 'node:zlib';

type Compress = (text: Buffer, options: { dictionary?: Buffer }) => Buffer;

/** Whether this Node.js supports Zstandard, with and without a dictionary, determined without the tested code. */
export const HAS_ZSTD = 'zstdCompressSync' in zlib;
export const HAS_ZSTD_DICTIONARY =
  HAS_ZSTD && usesDictionary((zlib as unknown as { zstdCompressSync: Compress }).zstdCompressSync);

function usesDictionary(compress: Compress): boolean {
  const text = Buffer.from('what a dictionary holds already takes next to nothing');
  return compress(text, { dictionary: text }).length < compress(text, {}).length;
}
