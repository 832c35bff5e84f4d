import type { Transform, TransformSettings } from './compression-algorithm.js';

export interface Transformed {
  readonly output: Buffer;
  /** How much of the input was taken; less than all of it if something stands behind the end of the compressed data. */
  readonly consumed: number;
}

/** Runs all of the input through at once, holding the loop. */
export function transformSync(transform: Transform, input: Buffer, settings: TransformSettings): Transformed {
  return transformed(transform.sync(input, settings));
}

/** Runs it through on the thread pool. */
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

/** Room for so many bytes and one more, so that nothing is made room for behind the last of them. */
export function roomFor(bytes: number): Pick<TransformSettings, 'chunkSize'> {
  return { chunkSize: Math.max(64, bytes + 1) };
}

function transformed(result: unknown): Transformed {
  const { buffer, engine } = result as { buffer: Buffer; engine: { bytesWritten: number } };
  return { output: buffer, consumed: engine.bytesWritten };
}
