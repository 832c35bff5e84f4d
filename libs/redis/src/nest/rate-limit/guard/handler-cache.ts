import type { HandlerContext } from '../policies/handler-context.js';

interface Entry<T> {
  readonly type: object;
  readonly kind: string;
  readonly value: T;
}

/** Caches a value per handler, class and kind of context: two classes may inherit the same handler. */
export class HandlerCache<T> {
  private readonly entries = new WeakMap<object, Entry<T>[]>();

  get(context: HandlerContext): T | undefined {
    const entries = this.entries.get(context.getHandler());
    if (entries === undefined) return undefined;
    const [type, kind] = [context.getClass(), context.getType()];
    for (const entry of entries) if (entry.type === type && entry.kind === kind) return entry.value;
    return undefined;
  }

  set(context: HandlerContext, value: T): T {
    const handler = context.getHandler();
    const entry = { type: context.getClass(), kind: context.getType(), value };
    this.entries.set(handler, [...(this.entries.get(handler) ?? []), entry]);
    return value;
  }
}
