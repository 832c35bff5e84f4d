import { atLeast, atMost } from '../harness/report.mjs';

const KB = 1024;
const MB = 1024 * KB;

const sizeName = (bytes) => (bytes < MB ? `${bytes / KB} KB` : `${bytes / MB} MB`);

/** Contestants for any value; JSON is the reference for the others. */
const SERIALIZERS = ['json', 'json-text', 'keyv6', 'superjson', 'devalue', 'msgpackr', 'v8'];

const jsonSafe = (bytes) => ({
  title: `JSON-safe ${sizeName(bytes)}`,
  shape: 'plain',
  bytes,
  operation: 'round trip',
  figure: 'speed',
  bars: { json: atLeast(0.8), keyv6: atLeast(2), superjson: atLeast(4) },
});

const datesAndMaps = (bytes) => ({
  title: `Dates and Maps ${sizeName(bytes)}`,
  shape: 'rich',
  bytes,
  operation: 'round trip',
  figure: 'speed',
  bars: { json: atLeast(0.75), superjson: atLeast(4) },
});

const twiceAsMany = {
  title: 'twice as many Dates and Maps 10 KB',
  shape: 'dense',
  bytes: 10 * KB,
  operation: 'round trip',
  figure: 'speed',
};

const sealed = (operation, limit) => ({
  title: 'sealed 1 KB',
  shape: 'plain',
  bytes: KB,
  operation,
  figure: 'time',
  bars: { json: atMost(limit) },
});

/** `chain`: the same steps in text, as cache libraries implement them. */
const listOfRecords = (title, chain, share) => {
  const load = { title: `list of records 10 KB ${title}`, shape: 'records', bytes: 10 * KB, figure: 'speed' };
  return [
    { ...load, operation: 'encode', bars: { [chain]: atLeast(3) }, share: atMost(share) },
    { ...load, operation: 'decode' },
  ];
};

/** The value is a Buffer, so the main thread only compresses, or hands the bytes to the thread pool and back. */
const holdsTheLoop = {
  title: 'compressing 1 MB',
  shape: 'text',
  bytes: MB,
  operation: 'encode',
  figure: 'held',
  bars: { 'deflate-raw-sync': atMost(0.25) },
};

/**
 * The measurements: per group the contestants, ours first, in separate processes, and the loads in order.
 * The `bars` of a load are per peer, over the ratio of its `figure`; `share` is stored bytes divided by bytes of JSON.
 */
export const GROUPS = [
  {
    contestants: ['envelope-codec', ...SERIALIZERS],
    loads: [KB, 10 * KB, 100 * KB, MB].map(jsonSafe),
  },
  {
    contestants: ['envelope-codec', ...SERIALIZERS, 'json-by-hand'],
    loads: [...[KB, 10 * KB, 100 * KB].map(datesAndMaps), twiceAsMany],
  },
  {
    contestants: ['envelope-codec-sealed', 'json', 'keyv6-encrypted'],
    loads: [sealed('encode', 4.5), sealed('decode', 3.5)],
  },
  {
    contestants: ['envelope-codec-compressed', 'pako-base64', 'pako-base64-level-1', 'keyv6-gzip', 'keyv6-brotli'],
    loads: listOfRecords('compressed', 'pako-base64', 0.36),
  },
  {
    contestants: ['envelope-codec-compressed-sealed', 'pako-aes-base64', 'pako-base64', 'keyv6-gzip-encrypted'],
    loads: listOfRecords('compressed and sealed', 'pako-aes-base64', 0.37),
  },
  {
    contestants: ['envelope-codec-compressed', 'deflate-raw-sync'],
    loads: [holdsTheLoop],
  },
];
