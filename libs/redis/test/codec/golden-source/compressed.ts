import type { CompressionOptions } from '../../../src/domain/compression/compression.options.js';
import type { GoldenVector } from './golden-vector.js';
import { written } from './writing.js';

const RECORDS = Array.from({ length: 40 }, (_, id) => ({ id, name: `name of ${id}`, tags: ['new', 'used'] }));
const RICH = RECORDS.slice(0, 10).map((record) => ({ ...record, at: new Date(1_700_000_000_000 + record.id) }));
const DICTIONARY = { id: 513, bytes: Buffer.from(JSON.stringify(RECORDS.slice(0, 5))) };
/** More than the thread pool begins with. */
const LARGE = 'large text '.repeat(30_000);

/** One of every compressor, with and without a dictionary. Zstandard takes Node 24 to write. */
export async function compressionVectors(): Promise<GoldenVector[]> {
  const vectors: Promise<GoldenVector>[] = [];
  for (const algorithm of ['deflate-raw', 'brotli', 'zstd'] as const) {
    const compression: CompressionOptions = { algorithm, minBytes: 0 };
    vectors.push(
      written({ title: `${algorithm}: json`, value: RECORDS, with: { compression } }),
      written({ title: `${algorithm}: json with a table`, value: RICH, with: { compression } }),
      written({ title: `${algorithm}: bytes`, value: Buffer.alloc(1000, 'byte'), with: { compression } }),
      written({ title: `${algorithm}: msgpack`, value: RICH, with: { compression, serializer: 'msgpack' } }),
      written({ title: `${algorithm}: 330 KB`, value: LARGE, with: { compression } }),
      written({
        title: `${algorithm}: the highest level`,
        value: RECORDS,
        with: { compression: { ...compression, level: { 'deflate-raw': 9, brotli: 11, zstd: 19 }[algorithm] } },
      }),
    );
    if (algorithm === 'brotli') continue;
    const reader = { dictionary: { id: DICTIONARY.id, hex: DICTIONARY.bytes.toString('hex') } };
    vectors.push(
      written({
        title: `${algorithm}: a dictionary`,
        value: RECORDS[7],
        with: { compression: { ...compression, dictionary: DICTIONARY } },
        reader,
      }),
    );
  }
  return Promise.all(vectors);
}
