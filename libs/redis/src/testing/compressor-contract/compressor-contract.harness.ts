import assert from 'node:assert/strict';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import type { Compressor } from '../../domain/compression/compressor.js';
import type { Decompressors } from '../../domain/compression/decompressors.js';
import type { TestRunner } from '../cache-store-contract/contract.harness.js';
import { seededRandom } from './seeded-random.js';

export interface CompressorContractOptions {
  /**
   * A compressor that tries every value (`minBytes: 0`) and keeps every body no longer than the value (`maxRatio: 1`).
   */
  readonly compressor: Compressor;
  readonly decompressors: Decompressors;
}

/** The parts that all groups of the suite share. */
export interface CompressorContract extends CompressorContractOptions, Pick<TestRunner, 'test'> {
  /** Compresses a value that is known to be compressible. */
  readonly bodyOf: (raw: Buffer) => Promise<Buffer>;
  readonly read: (body: Buffer) => Promise<Buffer>;
}

/** The offset of the raw length in a body, for the compressor's byte. */
export function rawLengthOffset(byte: number): number {
  return byte >= 16 ? 2 : 0;
}

/** Part of every generated text: an error that contains it leaks data. */
export const CANARY = 'canary-c0ffee';

/** About `bytes` bytes of JSON: similar records. */
export function records(bytes: number): Buffer {
  const random = seededRandom(bytes);
  const parts: string[] = [];
  for (let length = 0; length < bytes; length += parts.at(-1)?.length ?? 0) {
    const [id, lat, lon] = [random() * 1e7, random() * 180 - 90, random() * 360 - 180];
    parts.push(
      JSON.stringify({
        id: Math.floor(id),
        name: CANARY,
        lat: +lat.toFixed(5),
        lon: +lon.toFixed(5),
        tags: ['a', 'b'],
      }),
    );
  }
  return Buffer.from(`[${parts.join(',')}]`);
}

/** Incompressible bytes. */
export function noise(bytes: number): Buffer {
  const random = seededRandom(bytes);
  return Buffer.from(Array.from({ length: bytes }, () => Math.floor(random() * 256)));
}

/** The result of a call that returns a value, returns a promise, or throws. */
export async function outcome(call: () => Buffer | Promise<Buffer>): Promise<Buffer | RedisInfraError> {
  try {
    return await call();
  } catch (error) {
    assert(error instanceof RedisInfraError, `expected a coded error, got ${String(error)}`);
    assert.match(error.code, /^CODEC_(DECOMPRESS|TOO_LARGE|UNSUPPORTED|MALFORMED)$/);
    assert.equal(error.cause, undefined, 'the error exposes the error of node:zlib');
    assert(!`${error.stack}${JSON.stringify(error.context)}`.includes(CANARY), 'the error leaks data');
    return error;
  }
}

/** Passes if the call fails with that code. */
export async function failsWith(code: string, call: () => Buffer | Promise<Buffer>): Promise<void> {
  const result = await outcome(call);
  assert(!Buffer.isBuffer(result), `expected ${code}, got bytes`);
  assert.equal(result.code, code);
}

/** Passes if the bytes have their own memory, at most one minimum chunk larger than themselves. */
export function assertOwn(bytes: Buffer, from: Buffer): void {
  assert.notEqual(bytes.buffer, from.buffer, 'the result is a view of the input');
  assert(
    bytes.buffer.byteLength <= bytes.length + 64,
    `${bytes.length} bytes keep ${bytes.buffer.byteLength} in memory`,
  );
}
