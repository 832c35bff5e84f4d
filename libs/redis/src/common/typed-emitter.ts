import { outsideRequests } from './async-context.js';

type Handlers<Events> = { [E in keyof Events]?: Set<(payload: Events[E]) => void> };

/** Subscribes to one event; the function it returns ends the subscription. */
export type On<Events> = <E extends keyof Events>(event: E, handler: (payload: Events[E]) => void) => () => void;

/** Events with typed payloads. A handler that throws becomes a process warning and disturbs neither the caller nor other handlers. */
export class TypedEmitter<Events> {
  private readonly handlers: Handlers<Events> = {};
  private readonly detached: Handlers<Events> = {};

  /** The handler runs in the async context that emits: that of the caller whom the event is about. */
  readonly on: On<Events> = (event, handler) => subscribe(this.handlers, event, handler);

  /** The handler runs outside any request: for events that are about no single caller, and handlers that need to know none. */
  readonly onDetached: On<Events> = (event, handler) => subscribe(this.detached, event, handler);

  /** True if anybody listens: lets a hot path skip building a payload nobody reads. */
  hears(event: keyof Events): boolean {
    return this.hearsInContext(event) || isHeard(this.detached[event]);
  }

  /** True if a handler wants the async context of the caller: lets a hot path skip capturing it. */
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
