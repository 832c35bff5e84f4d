import { outsideRequests } from './async-context.js';

type Handlers<Events> = { [E in keyof Events]?: Set<(payload: Events[E]) => void> };

/** Subscribes a handler to one event. The returned function unsubscribes it. */
export type On<Events> = <E extends keyof Events>(event: E, handler: (payload: Events[E]) => void) => () => void;

/**
 * An event emitter with typed payloads. An error thrown by a handler becomes a process warning; the caller and other
 * handlers are not affected.
 */
export class TypedEmitter<Events> {
  private readonly handlers: Handlers<Events> = {};
  private readonly detached: Handlers<Events> = {};

  /** Runs the handler in the async context of the call that the event reports. */
  readonly on: On<Events> = (event, handler) => subscribe(this.handlers, event, handler);

  /**
   * Runs the handler outside any request: for events that belong to no single call, and handlers that need no request
   * context.
   */
  readonly onDetached: On<Events> = (event, handler) => subscribe(this.detached, event, handler);

  /** True if the event has a handler. A hot path skips building the payload otherwise. */
  hears(event: keyof Events): boolean {
    return this.hearsInContext(event) || isHeard(this.detached[event]);
  }

  /** True if a handler needs the caller's async context. A hot path skips capturing it otherwise. */
  hearsInContext(event: keyof Events): boolean {
    return isHeard(this.handlers[event]);
  }

  emit<E extends keyof Events>(event: E, payload: Events[E]): void {
    const handlers = this.handlers[event];
    if (handlers !== undefined) call(handlers, event, payload);
    const detached = this.detached[event];
    if (detached !== undefined && detached.size > 0) outsideRequests(() => call(detached, event, payload));
  }
}

function subscribe<Events, E extends keyof Events>(
  all: Handlers<Events>,
  event: E,
  handler: (payload: Events[E]) => void,
): () => void {
  const handlers = (all[event] ??= new Set());
  handlers.add(handler);
  return () => void handlers.delete(handler);
}

function isHeard(handlers: ReadonlySet<unknown> | undefined): boolean {
  return handlers !== undefined && handlers.size > 0;
}

function call<T>(handlers: ReadonlySet<(payload: T) => void>, event: PropertyKey, payload: T): void {
  for (const handler of [...handlers]) {
    try {
      handler(payload);
    } catch (error) {
      process.emitWarning(
        `a handler of '${String(event)}' threw: ${error instanceof Error ? error.name : typeof error}`,
      );
    }
  }
}
