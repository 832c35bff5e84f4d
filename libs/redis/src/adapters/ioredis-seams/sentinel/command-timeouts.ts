/**
 * Seam: `redis.sendCommand` of the connections to Sentinels, and `command._commandTimeoutTimer` (private).
 * Why: ioredis 5.4 does not clear the timer of `commandTimeout` when the command is rejected. After a disconnect, the
 * timers of the queries keep the process alive for `sentinelCommandTimeout`.
 * Upstream: ioredis `lib/Command.ts` (`setTimeout`).
 */
import type { Redis } from 'ioredis';

/** Clears the timers of rejected commands. */
export function clearTimeouts(redis: Redis): void {
  const send = redis.sendCommand.bind(redis);
  redis.sendCommand = (command, stream) => {
    const sent = send(command, stream);
    command.promise.catch(() => {
      const timer: NodeJS.Timeout | undefined = Reflect.get(command, '_commandTimeoutTimer');
      clearTimeout(timer);
    });
    return sent;
  };
}
