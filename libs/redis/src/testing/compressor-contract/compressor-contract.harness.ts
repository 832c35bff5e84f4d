import assert from 'node:assert/strict';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import type { Compressor } from '../../domain/compression/compressor.js';
import type { Decompressors } from '../../domain/compression/decompressors.js';
import type { TestRunner } from '../cache-store-contract/contract.harness.js';
import { seededRandom } from './seeded-random.js';

export interface CompressorContractOptions {
  /** One that tries every value (`minBytes: 0`) and keeps every body that is no longer than the value (`maxRatio: 1`). */
  readonly compressor: Compressor;
  readonly decompressors: Decompressors;
}

/** What the groups of the suite share. */
export interface CompressorContract extends CompressorContractOptions, Pick<TestRunner, 'test'> {
  /** The body of a value that is known to be worth it. */
  readonly bodyOf: (raw: Buffer) => Promise<Buffer>;
  readonly read: (body: Buffer) => Promise<Buffer>;
}

/** Where the raw length stands in a body, given the compressor's byte. */
export function rawLengthOffset(byte: number): number {
  return byte >= 16 ? 2 : 0;
}

/** Stands in every text below: whatever error shows it has given data away. */
export const CANARY = 'canary-c0ffee';

/** About so many bytes of JSON: records that are alike. */
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

/** Bytes that nothing can make smaller. */
export function noise(bytes: number): Buffer {
  const random = seededRandom(bytes);
  return Buffer.from(Array.from({ length: bytes }, () => Math.floor(random() * 256)));
}

/** What comes of a call that may answer with a value, a promise of one, or an error. */
export async function outcome(call: () => Buffer | Promise<Buffer>): Promise<Buffer | RedisInfraError> {
  try {
    return await call();
  } catch (error) {
    assert(error instanceof RedisInfraError, `expected a coded error, got ${String(error)}`);
    assert.match(error.code, /^CODEC_(DECOMPRESS|TOO_LARGE|UNSUPPORTED|MALFORMED)$/);
    assert.equal(error.cause, undefined, 'the error passes on what node:zlib said');
    assert(!`${error.stack}${JSON.stringify(error.context)}`.includes(CANARY), 'the error shows data');
    return error;
  }
}

/** Passes if the call ends in that error. */
export async function failsWith(code: string, call: () => Buffer | Promise<Buffer>): Promise<void> {
  const result = await outcome(call);
  assert(!Buffer.isBuffer(result), `expected ${code}, got bytes`);
  assert.equal(result.code, code);
}

/** Passes if the bytes have their memory to themselves: at most a chunk's least size is more than they take. */
export function assertOwn(bytes: Buffer, from: Buffer): void {
  assert.notEqual(bytes.buffer, from.buffer, 'the result is a view of the input');
  assert(
    bytes.buffer.byteLength <= bytes.length + 64,
    `${bytes.length} bytes keep ${bytes.buffer.byteLength} in memory`,
  );
}
