import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import * as zlib from 'node:zlib';
import { ServedChild } from '../harness/child-process.mjs';
import { below, row } from '../harness/report.mjs';
import { median } from '../harness/statistics.mjs';

const PROGRAM = new URL('./bomb-process.mjs', import.meta.url);
const MIB = 1024 ** 2;
const INFLATED_BYTES = 128 * MIB;

// Envelope v1: magic, version, no flags, JSON, the compressor, not sealed, no meta.
const header = (compressor) => Buffer.from([0xc1, 0x52, 1, 0, 2, compressor, 0, 0]);

const ALGORITHMS = [
  { name: 'deflate', compressor: 1, create: () => zlib.createDeflateRaw({ level: 9 }) },
  { name: 'brotli', compressor: 3, create: () => zlib.createBrotliCompress() },
  // undefined on Node 20.
  { name: 'zstd', compressor: 2, create: zlib.createZstdCompress },
].filter(({ create }) => create !== undefined);

// The true size, the allowed maximum, and nearly nothing: a reader must check the header and still not trust it.
const DECLARATIONS = [
  ['the 128 MiB it has', INFLATED_BYTES],
  ['the 32 MiB allowed', 32 * MIB],
  ['64 KiB', 64 * 1024],
];

function* zeros() {
  const piece = Buffer.alloc(MIB);
  for (let done = 0; done < INFLATED_BYTES; done += piece.length) yield piece;
}

function bomb(compressor, declared, data) {
  const rawLength = Buffer.alloc(4);
  rawLength.writeUInt32BE(declared);
  return Buffer.concat([header(compressor), rawLength, data]);
}

/** Runs in a new process each time: the peak memory of one run would hide that of the next. */
async function explode(file) {
  const child = new ServedChild(PROGRAM, 'bomb');
  try {
    return await child.call('decode', { file });
  } finally {
    child.stop();
  }
}

async function rowsOf(title, file, runs) {
  const results = [];
  for (let run = 0; run < runs; run++) results.push(await explode(file));
  const middle = (figure) => median(results.map((result) => result[figure]));
  return [
    row({ name: `${title}: refused after`, value: middle('ms'), unit: 'ms', bar: below(100) }),
    row({ name: `${title}: extra memory`, value: middle('extraMiB'), unit: 'MiB', bar: below(32) }),
  ];
}

/** Rows per algorithm and declaration: medians of `runs` runs. */
export async function measureBombs(runs) {
  const folder = mkdtempSync(join(tmpdir(), 'bench-bombs-'));
  const rows = [];
  try {
    for (const { name, compressor, create } of ALGORITHMS) {
      const data = Buffer.concat(await Readable.from(zeros()).pipe(create()).toArray());
      for (const [declares, declared] of DECLARATIONS) {
        const file = join(folder, 'bomb');
        writeFileSync(file, bomb(compressor, declared, data));
        rows.push(...(await rowsOf(`${name} bomb that declares ${declares}`, file, runs)));
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return rows;
}
