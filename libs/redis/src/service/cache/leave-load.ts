import { RedisInfraError } from '../../common/redis-infra.error.js';
import { unwatchSignal, watchSignal } from '../../common/signal-watch.js';

/**
 * The outcome of a load for one caller, who leaves when its signal is aborted. The load goes on: others may wait for it, and its
 * value is stored for those who come later.
 * @throws RedisInfraError DEADLINE_EXCEEDED with the signal's reason as `cause`
 */
export function untilAborted<T>(load: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return load;
  return new Promise<T>((resolve, reject) => {
    const leave = (): void => reject(leftLoad(signal));
    if (signal.aborted) leave();
    else watchSignal(signal, leave);
    // Also after the caller has left: nobody else may handle a rejection of the load.
    load.then(resolve, reject).finally(() => unwatchSignal(signal, leave));
  });
}

function leftLoad(signal: AbortSignal): RedisInfraError {
  return new RedisInfraError(
    'DEADLINE_EXCEEDED',
    "getOrSet was ended by its caller's signal; the load goes on, and its value is stored",
    { outcome: 'unknown', cause: signal.reason },
  );
}
