import type { RedisProcess } from './redis-process.js';

/** Waits until all processes have started. If one fails to start, stops the others and throws its error. */
export async function startTogether<Process extends RedisProcess>(
  starting: readonly Promise<Process>[],
): Promise<readonly Process[]> {
  const results = await Promise.allSettled(starting);
  const started = results.filter((result) => result.status === 'fulfilled').map(({ value }) => value);
  const failed = results.find((result) => result.status === 'rejected');
  if (failed === undefined) return started;
  await stopTogether(started);
  throw failed.reason;
}

/** Stops all processes permanently. */
export async function stopTogether(processes: readonly RedisProcess[]): Promise<void> {
  await Promise.all(processes.map((process) => process.stop()));
}
