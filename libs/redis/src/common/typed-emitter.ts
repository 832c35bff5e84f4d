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
  /**
   * Whether an event has a handler: `heard.hit`. A hot path skips building the payload otherwise, and this costs it less
   * than a function that takes the name of the event.
   */
  readonly heard: { [E in keyof Events]?: boolean } = {};

  /** Runs the handler in the async context of the call that the event reports. */
  readonly on: On<Events> = (event, handler) => this.subscribe(this.handlers, event, handler);

  /**
   * Runs the handler outside any request: for events that belong to no single call, and handlers that need no request
   * context.
   */
  readonly onDetached: On<Events> = (event, handler) => this.subscribe(this.detached, event, handler);

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

  private subscribe<E extends keyof Events>(
    all: Handlers<Events>,
    event: E,
    handler: (payload: Events[E]) => void,
  ): () => void {
    const handlers = (all[event] ??= new Set());
    handlers.add(handler);
    this.heard[event] = true;
    return () => {
      handlers.delete(handler);
      this.heard[event] = isHeard(this.handlers[event]) || isHeard(this.detached[event]);
    };
  }
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
