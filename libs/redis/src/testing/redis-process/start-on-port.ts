import { freePort } from './free-port.js';
import type { RedisProcess } from './redis-process.js';

const TRIES = 5;

/** Makes one for the port given, else for a free one, and starts it; for another where somebody was faster to take that. */
export async function startOnPort<Process extends RedisProcess>(
  port: number | undefined,
  make: (port: number) => Process,
): Promise<Process> {
  for (let tries = 1; ; tries++) {
    const made = make(port ?? (await freePort()));
    try {
      await made.restart();
      return made;
    } catch (error) {
      await made.stop();
      if (tries === TRIES || port !== undefined || !made.log.includes('in use')) throw error;
    }
  }
}
