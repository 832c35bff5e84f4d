type Abort = () => void;

const watched = new WeakMap<AbortSignal, Set<Abort>>();

/**
 * Calls `abort` when the signal is aborted. All calls that share a signal share one event listener, which avoids Node's
 * leak warning.
 */
export function watchSignal(signal: AbortSignal, abort: Abort): void {
  const callbacks = watched.get(signal);
  if (callbacks !== undefined) return void callbacks.add(abort);
  const created = new Set([abort]);
  watched.set(signal, created);
  signal.addEventListener('abort', () => created.forEach((callback) => callback()), { once: true });
}

/** Removes a callback of `watchSignal`. */
export function unwatchSignal(signal: AbortSignal, abort: Abort): void {
  watched.get(signal)?.delete(abort);
}
