import type { GoldenVector } from '../golden-source/golden-vector.js';
import { HAS_ZSTD, HAS_ZSTD_DICTIONARY } from '../support/node-zstd.js';
import { watchPrototypes } from '../support/prototypes.js';
import { makeCase, type FuzzCase } from './fuzz-cases.js';
import { goldenCorpus } from './fuzz-corpus.js';
import { checkCase } from './fuzz-properties.js';
import { FuzzRandom } from './fuzz-random.js';

export interface FuzzOptions {
  readonly seed: number;
  readonly cases: number;
  /** The first case; with `cases: 1` only this one runs. @default 0 */
  readonly from?: number;
  /** Called after every PROGRESS_EVERY cases with the number of finished cases. */
  readonly onProgress?: (done: number) => void;
}

export interface FuzzReport {
  /** The number of cases by kind and outcome: `table: value`, `table: CODEC_DESERIALIZE`. */
  readonly outcomes: ReadonlyMap<string, number>;
  readonly slowestMs: number;
  /** The growth of the peak memory of the process in bytes. */
  readonly grownBytes: number;
}

const PROGRESS_EVERY = 100_000;
/** All prototypes are checked after every FULL_CHECK_EVERY cases; every THOROUGH_EVERY-th case has more checks. */
const FULL_CHECK_EVERY = 64;
const THOROUGH_EVERY = 8;
/** One case takes microseconds; the limit allows for a busy machine. */
const TOO_SLOW_MS = 5000;
const TOO_MUCH_MEMORY_BYTES = 1024 ** 3;

/** Runs cases one after the other. @throws Error with the seed, the case and its bytes if a check fails */
export async function runFuzz({ seed, cases, from = 0, onProgress }: FuzzOptions): Promise<FuzzReport> {
  const corpus = goldenCorpus(isReadable);
  const changes = watchPrototypes();
  const outcomes = new Map<string, number>();
  const memory = process.resourceUsage().maxRSS;
  let slowestMs = 0;
  for (let i = from; i < from + cases; i++) {
    const one = makeCase(new FuzzRandom(seed, i), corpus);
    const startedMs = performance.now();
    const outcome = await checkCase(one, i % THOROUGH_EVERY === 0).catch((error: unknown) => {
      throw failed(seed, i, one, String(error));
    });
    const tookMs = performance.now() - startedMs;
    slowestMs = Math.max(slowestMs, tookMs);
    if (tookMs > TOO_SLOW_MS) throw failed(seed, i, one, `it took ${tookMs} ms`);
    if (i % FULL_CHECK_EVERY === 0) checkPrototypes(changes(), seed, i, one);
    const key = `${one.kind}: ${outcome}`;
    outcomes.set(key, (outcomes.get(key) ?? 0) + 1);
    if ((i + 1) % PROGRESS_EVERY === 0) onProgress?.(i + 1 - from);
  }
  const grownBytes = (process.resourceUsage().maxRSS - memory) * 1024;
  if (grownBytes > TOO_MUCH_MEMORY_BYTES) throw new Error(`seed ${seed}: ${grownBytes} bytes more were in use`);
  return { outcomes, slowestMs, grownBytes };
}

function checkPrototypes(changed: readonly string[], seed: number, index: number, one: FuzzCase): void {
  if (changed.length === 0) return;
  throw failed(seed, index, one, `this or one of the ${FULL_CHECK_EVERY} before changed ${changed.join(', ')}`);
}

function failed(seed: number, index: number, { kind, bytes, at }: FuzzCase, problem: string): Error {
  return new Error(
    `${problem}\n  again: npm run fuzz -- --seed ${seed} --from ${index} --cases 1\n` +
      `  kind: ${kind}; at: ${JSON.stringify(at)}\n  bytes: ${bytes.toString('hex')}`,
  );
}

function isReadable({ bytes }: GoldenVector): boolean {
  const compressor = bytes.startsWith('c152') ? bytes.slice(10, 12) : '';
  return compressor === '02' ? HAS_ZSTD : compressor !== '12' || HAS_ZSTD_DICTIONARY;
}
