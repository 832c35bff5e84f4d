import { outsideRequests } from '../../common/async-context.js';
import { MAX_TIMER_MS } from '../../common/duration.js';
import type { CompiledPolicy } from '../policy/compiled-policy.js';

/** A permit of a concurrency policy that this process holds. */
export interface HeldPermit {
  readonly policy: CompiledPolicy;
  /** Extends the permit by another window; false if the permit is lost. */
  renew(): Promise<boolean>;
}

/** Renewals per window: two in a row may fail. */
const RENEWALS = 3;

/** Renews the permits of this process, so that only those of a dead process expire. */
export class HeldPermits {
  private readonly byWindow = new Map<number, { readonly permits: Set<HeldPermit>; readonly timer: NodeJS.Timeout }>();

  private isClosed = false;

  add(permit: HeldPermit): void {
    if (this.isClosed) return;
    const { windowMs } = permit.policy;
    let group = this.byWindow.get(windowMs);
    if (group === undefined) {
      const everyMs = Math.min(Math.max(1, windowMs / RENEWALS), MAX_TIMER_MS);
      const timer = outsideRequests(() => setInterval(() => this.renew(windowMs), everyMs));
      timer.unref();
      this.byWindow.set(windowMs, (group = { permits: new Set(), timer }));
    }
    group.permits.add(permit);
  }

  remove(permit: HeldPermit): void {
    const { windowMs } = permit.policy;
    const group = this.byWindow.get(windowMs);
    if (group === undefined || !group.permits.delete(permit) || group.permits.size > 0) return;
    clearInterval(group.timer);
    this.byWindow.delete(windowMs);
  }

  /** Stops all renewals: the permits that are still held expire after their window. */
  close(): void {
    this.isClosed = true;
    for (const { timer } of this.byWindow.values()) clearInterval(timer);
    this.byWindow.clear();
  }

  private renew(windowMs: number): void {
    for (const permit of this.byWindow.get(windowMs)?.permits ?? []) {
      void permit.renew().then((isHeld) => {
        if (!isHeld) this.remove(permit);
      });
    }
  }
}
