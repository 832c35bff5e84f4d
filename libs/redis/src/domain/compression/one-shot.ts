import type { Transform, TransformSettings } from './compression-algorithm.js';

/** The result of one call of node:zlib. */
export interface Transformed {
  readonly output: Buffer;
  /** The number of input bytes consumed; less than the input if bytes follow the end of the compressed data. */
  readonly consumed: number;
}

/** Transforms the input synchronously, which blocks the event loop. */
export function transformSync(transform: Transform, input: Buffer, settings: TransformSettings): Transformed {
  return transformed(transform.sync(input, settings));
}

/** Transforms the input in the thread pool. */
export function transformPooled(
  transform: Transform,
  input: Buffer,
  settings: TransformSettings,
): Promise<Transformed> {
  return new Promise((resolve, reject) => {
    transform.pooled(input, settings, (error, result) => {
      if (error === null) resolve(transformed(result));
      else reject(error);
    });
  });
}

/**
 * An output buffer of `bytes` and one more byte, so that node:zlib does not allocate a second buffer after the last
 * byte.
 */
export function roomFor(bytes: number): Pick<TransformSettings, 'chunkSize'> {
  return { chunkSize: Math.max(64, bytes + 1) };
}

function transformed(result: unknown): Transformed {
  const { buffer, engine } = result as { buffer: Buffer; engine: { bytesWritten: number } };
  return { output: buffer, consumed: engine.bytesWritten };
}
