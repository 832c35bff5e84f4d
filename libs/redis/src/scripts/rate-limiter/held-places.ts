import { outsideRequests } from '../../common/async-context.js';
import { LONGEST_TIMER_MS } from '../../common/duration.js';
import type { CompiledPolicy } from './compiled-policy.js';

/** A place at a policy of concurrency that this process holds. */
export interface HeldPlace {
  readonly policy: CompiledPolicy;
  /** Says that its holder lives; false if the place is lost. */
  renew(): Promise<boolean>;
}

/** How often a place is renewed while it is held: two attempts may fail. */
const RENEWALS = 3;

/** Renews the places held here, so that only those of a dead process become free. */
export class HeldPlaces {
  private readonly byWindow = new Map<number, { readonly places: Set<HeldPlace>; readonly timer: NodeJS.Timeout }>();

  private isClosed = false;

  hold(place: HeldPlace): void {
    if (this.isClosed) return;
    const { windowMs } = place.policy;
    let group = this.byWindow.get(windowMs);
    if (group === undefined) {
      const everyMs = Math.min(Math.max(1, windowMs / RENEWALS), LONGEST_TIMER_MS);
      const timer = outsideRequests(() => setInterval(() => this.renew(windowMs), everyMs));
      timer.unref();
      this.byWindow.set(windowMs, (group = { places: new Set(), timer }));
    }
    group.places.add(place);
  }

  leave(place: HeldPlace): void {
    const { windowMs } = place.policy;
    const group = this.byWindow.get(windowMs);
    if (group === undefined || !group.places.delete(place) || group.places.size > 0) return;
    clearInterval(group.timer);
    this.byWindow.delete(windowMs);
  }

  /** Nothing is renewed any more: what is held becomes free when its time is over. */
  close(): void {
    this.isClosed = true;
    for (const { timer } of this.byWindow.values()) clearInterval(timer);
    this.byWindow.clear();
  }

  private renew(windowMs: number): void {
    for (const place of this.byWindow.get(windowMs)?.places ?? []) {
      void place.renew().then((isHeld) => {
        if (!isHeld) this.leave(place);
      });
    }
  }
}
