import type { RedisInfraError } from '../../common/redis-infra.error.js';
import type { CommandKind } from './retry/retry-rule.js';

/** The properties of a command that decide whether the circuits refuse it, and with which error. */
export interface NamedCommand {
  /** The name of the command in lower case. */
  readonly name: string;
  readonly kind: CommandKind;
  /** The operation of the caller, for errors. */
  readonly label: string;
  /** The command whose effect a script has. A server at its maxmemory executes what frees memory. @default `name` */
  readonly effect?: string | undefined;
}

/** A command that waits until a permit is free. */
export interface QueuedCall extends NamedCommand {
  /** Called when a permit is free, after the call has left the queue. It takes the permit, or ends. */
  proceed(): void;
  /** Called when the call gets no permit, after it has left the queue. */
  refuse(error: RedisInfraError): void;
}

/** The position of a call in a `PermitQueue`. */
export interface QueuePosition {
  /** Removes the call from the queue; does nothing after it has left. */
  leave(): void;
}

/**
 * Calls that wait for a permit, first in, first out. It is a linked list, because a call whose deadline passes leaves
 * from the middle.
 */
export class PermitQueue {
  size = 0;
  private first: Position | undefined;
  private last: Position | undefined;

  add(call: QueuedCall): QueuePosition {
    const position = new Position(this, call, this.last);
    if (this.last === undefined) this.first = position;
    else this.last.next = position;
    this.last = position;
    this.size++;
    return position;
  }

  /** Removes and returns the call that has waited longest. */
  shift(): QueuedCall | undefined {
    const { first } = this;
    if (first === undefined) return undefined;
    this.remove(first);
    return first.call;
  }

  /** Removes and refuses every call for which `refusalOf` returns an error. */
  refuse(refusalOf: (call: QueuedCall) => RedisInfraError | undefined): void {
    for (let position = this.first; position !== undefined;) {
      const { call, next } = position;
      const refusal = refusalOf(call);
      if (refusal !== undefined) {
        this.remove(position);
        call.refuse(refusal);
      }
      position = next;
    }
  }

  /** Does nothing if the position was removed already. */
  remove(position: Position): void {
    if (!position.isQueued) return;
    position.isQueued = false;
    const { previous, next } = position;
    if (previous === undefined) this.first = next;
    else previous.next = next;
    if (next === undefined) this.last = previous;
    else next.previous = previous;
    this.size--;
  }
}

class Position implements QueuePosition {
  isQueued = true;
  next: Position | undefined;

  constructor(
    private readonly queue: PermitQueue,
    readonly call: QueuedCall,
    public previous: Position | undefined,
  ) {}

  leave(): void {
    this.queue.remove(this);
  }
}
