import type { RedisInfraError } from '../../common/redis-infra.error.js';
import type { CommandKind } from './retry/retry-rule.js';

/** A command that waits until a permit is free. */
export interface QueuedCall {
  /** As the server calls it, in small letters. */
  readonly name: string;
  readonly kind: CommandKind;
  /** What the caller does, for errors. */
  readonly label: string;
  /** A permit is free. It takes the permit, or ends. Called when it has left the queue. */
  proceed(): void;
  /** It will not get a permit. Called when it has left the queue. */
  refuse(error: RedisInfraError): void;
}

/** The place of a call in a `PermitQueue`. */
export interface QueuePlace {
  /** Takes the call out of the queue; does nothing after it has left. */
  leave(): void;
}

/** Calls that wait for a permit, first in first out. A call whose deadline ends leaves from the middle, so the queue is a linked list. */
export class PermitQueue {
  size = 0;
  private first: Place | undefined;
  private last: Place | undefined;

  add(call: QueuedCall): QueuePlace {
    const place = new Place(call, this.last, () => this.remove(place));
    if (this.last === undefined) this.first = place;
    else this.last.next = place;
    this.last = place;
    this.size++;
    return place;
  }

  /** Takes out the call that has waited longest. */
  shift(): QueuedCall | undefined {
    const { first } = this;
    if (first === undefined) return undefined;
    this.remove(first);
    return first.call;
  }

  /** Takes out every call for which there is a refusal, and refuses it. */
  refuse(refusalOf: (call: QueuedCall) => RedisInfraError | undefined): void {
    for (let place = this.first; place !== undefined;) {
      const { call, next } = place;
      const refusal = refusalOf(call);
      if (refusal !== undefined) {
        this.remove(place);
        call.refuse(refusal);
      }
      place = next;
    }
  }

  private remove(place: Place): void {
    if (!place.isQueued) return;
    place.isQueued = false;
    const { previous, next } = place;
    if (previous === undefined) this.first = next;
    else previous.next = next;
    if (next === undefined) this.last = previous;
    else next.previous = previous;
    this.size--;
  }
}

class Place implements QueuePlace {
  isQueued = true;
  next: Place | undefined;

  constructor(
    readonly call: QueuedCall,
    public previous: Place | undefined,
    readonly leave: () => void,
  ) {}
}
