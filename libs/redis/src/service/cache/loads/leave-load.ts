import { RedisInfraError } from '../../../common/redis-infra.error.js';
import { unwatchSignal, watchSignal } from '../../../common/signal-watch.js';

/**
 * Returns the result of a load for one caller, and rejects when the caller's signal is aborted. The load continues:
 * other callers may share it, and its value is stored.
 * @throws RedisInfraError DEADLINE_EXCEEDED with the signal's reason as `cause`
 */
export function untilAborted<T>(load: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return load;
  return new Promise<T>((resolve, reject) => {
    const leave = (): void => reject(leftLoad(signal));
    if (signal.aborted) leave();
    else watchSignal(signal, leave);
    // Stays attached after the caller left: otherwise a rejection of the load could be unhandled.
    load.then(resolve, reject).finally(() => unwatchSignal(signal, leave));
  });
}

function leftLoad(signal: AbortSignal): RedisInfraError {
  return new RedisInfraError(
    'DEADLINE_EXCEEDED',
    "getOrSet was aborted by its caller's signal; the load continues, and its value is stored",
    { outcome: 'unknown', cause: signal.reason },
  );
}
