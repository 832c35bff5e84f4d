import type { Environment } from '../../common/time/environment.js';
import { outsideRequests } from '../../common/async-context.js';
import type { EntryStore, VersionScope } from '../../domain/entry-store.js';

/** A sweep that has lasted for this long, and up to twice as long, is taken over. The process that began it may be gone. */
const TAKE_OVER_MS = 30_000;

/**
 * Finishes flushes whose process ended before it had removed the keys. Until then plain values read as absent. A sweep
 * that is still running elsewhere does no harm: both remove the same keys.
 */
export class InterruptedSweeps {
  /** The timers of the roots whose sweep was noticed. */
  private readonly waiting = new Map<string, () => void>();

  constructor(private readonly environment: Environment) {}

  /** A read has found that a sweep of the scope has not ended. Finishes it later, if it has not ended by then. */
  notice(scope: VersionScope, entries: EntryStore): void {
    const own = scope.prefixes.at(-1) ?? '';
    if (this.waiting.has(own)) return;
    const { timers, random } = this.environment;
    // At random, so that usually one process of the fleet takes it over.
    const afterMs = TAKE_OVER_MS * (1 + random());
    const cancel = outsideRequests(() =>
      timers.afterInBackground(afterMs, () => {
        // A failed attempt is repeated: the next read notices the sweep again.
        void finish(scope, entries)
          .catch(() => {})
          .then(() => this.ended(own, cancel));
      }),
    );
    this.waiting.set(own, cancel);
  }

  /** Cancels what waits. */
  cancel(): void {
    for (const cancel of this.waiting.values()) cancel();
    this.waiting.clear();
  }

  /** A sweep that ends after `cancel()` may belong to an earlier timer of its root than the one that waits now. */
  private ended(own: string, cancel: () => void): void {
    if (this.waiting.get(own) === cancel) this.waiting.delete(own);
  }
}

/** Sweeps the namespace, and those around it, whose sweep has not ended. */
async function finish({ prefixes }: VersionScope, entries: EntryStore): Promise<void> {
  const [root, ...inner] = prefixes;
  for (let depth = 0; depth <= inner.length; depth++) {
    const scope: VersionScope = { prefixes: [root, ...inner.slice(0, depth)] };
    const { isSweeping, floor } = await entries.versions(scope);
    if (isSweeping) await entries.sweep(scope, floor);
  }
}
