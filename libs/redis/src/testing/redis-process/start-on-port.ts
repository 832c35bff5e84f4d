import { freePort } from './free-port.js';
import type { RedisProcess } from './redis-process.js';

const MAX_TRIES = 5;

/**
 * Creates and starts a process on the given port, else on a free port. If another program takes the free port first,
 * tries the next.
 */
export async function startOnPort<Process extends RedisProcess>(
  port: number | undefined,
  make: (port: number) => Process,
): Promise<Process> {
  for (let tries = 1; ; tries++) {
    const process = make(port ?? (await freePort()));
    try {
      await process.restart();
      return process;
    } catch (error) {
      await process.stop();
      if (tries === MAX_TRIES || port !== undefined || !process.log.includes('in use')) throw error;
    }
  }
}
