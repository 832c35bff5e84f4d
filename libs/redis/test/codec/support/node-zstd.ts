import * as zlib from 'node:zlib';

type Compress = (text: Buffer, options: { dictionary?: Buffer }) => Buffer;

/** Whether this Node reads Zstandard, and whether it does so with a dictionary, told without any help of what is tested. */
export const HAS_ZSTD = 'zstdCompressSync' in zlib;
export const HAS_ZSTD_DICTIONARY =
  HAS_ZSTD && usesDictionary((zlib as unknown as { zstdCompressSync: Compress }).zstdCompressSync);

function usesDictionary(compress: Compress): boolean {
  const text = Buffer.from('what a dictionary holds already takes next to nothing');
  return compress(text, { dictionary: text }).length < compress(text, {}).length;
}
