type Handlers<Events> = { [E in keyof Events]?: Set<(payload: Events[E]) => void> };

/** Subscribes to one event; the function it returns ends the subscription. */
export type On<Events> = <E extends keyof Events>(event: E, handler: (payload: Events[E]) => void) => () => void;

/** Events with typed payloads. A handler that throws becomes a process warning and disturbs neither the caller nor other handlers. */
export class TypedEmitter<Events> {
  private readonly handlers: Handlers<Events> = {};

  readonly on: On<Events> = (event, handler) => {
    const handlers = (this.handlers[event] ??= new Set());
    handlers.add(handler);
    return () => void handlers.delete(handler);
  };

  /** True if anybody listens: lets a hot path skip building a payload nobody reads. */
  hears(event: keyof Events): boolean {
    const handlers = this.handlers[event];
    return handlers !== undefined && handlers.size > 0;
  }

  emit<E extends keyof Events>(event: E, payload: Events[E]): void {
    const handlers = this.handlers[event];
    if (handlers === undefined) return;
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
}
