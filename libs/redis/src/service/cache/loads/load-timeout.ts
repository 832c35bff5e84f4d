import { RedisInfraError } from '../../../common/redis-infra.error.js';
import type { Timers } from '../../../common/time/timers.js';
import type { LoadControls, Loader } from './load-context.js';

/**
 * Returns the loader's value, or aborts its signal and rejects with LOAD_TIMEOUT. Rejects immediately if the signal is
 * aborted otherwise.
 */
export async function withTimeout<T>(
  controls: LoadControls,
  loader: Loader<T>,
  timeoutMs: number,
  timers: Timers,
): Promise<T> {
  const { signal } = controls;
  signal.throwIfAborted();
  let cancel = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    cancel = timers.after(timeoutMs, () => controls.abort(loadTimeout(timeoutMs)));
  });
  try {
    return await Promise.race([begin(loader, controls), aborted]);
  } finally {
    cancel();
  }
}

/**
 * Converts a synchronous throw of the loader to a rejection, so that `aborted` is always in the race and never
 * unhandled.
 */
async function begin<T>(loader: Loader<T>, controls: LoadControls): Promise<T> {
  return loader(controls);
}

function loadTimeout(timeoutMs: number): RedisInfraError {
  return new RedisInfraError('LOAD_TIMEOUT', `the loader did not finish within its loadTimeout of ${timeoutMs} ms`, {
    context: { timeoutMs },
  });
}
