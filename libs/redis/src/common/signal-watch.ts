type Abort = () => void;

const watched = new WeakMap<AbortSignal, Set<Abort>>();

/** Calls when the signal is aborted. However many calls share a signal, it has one listener of ours. */
export function watchSignal(signal: AbortSignal, abort: Abort): void {
  const waiting = watched.get(signal);
  if (waiting !== undefined) return void waiting.add(abort);
  const first = new Set([abort]);
  watched.set(signal, first);
  signal.addEventListener('abort', () => first.forEach((one) => one()), { once: true });
}

export function unwatchSignal(signal: AbortSignal, abort: Abort): void {
  watched.get(signal)?.delete(abort);
}
