import type { GuardedCall } from '../http/guarded-call.js';
import { RequestMemory } from '../http/request-memory.js';
import type { HandlerPermits } from './handler-permits.js';

interface Entry {
  readonly handler: object;
  readonly execution: object;
  readonly permits: HandlerPermits;
}

const entries = new RequestMemory<Entry[]>(() => []);

/** Keeps the permits that the guard acquired, for the interceptor of the same execution. */
export function keepPermits({ memory, execution, context }: GuardedCall, permits: HandlerPermits): void {
  entries.of(memory).push({ handler: context.getHandler(), execution, permits });
}

/** The permits of this execution. There are several if several instances of the module count it. */
export function permitsOf({ memory, execution, context }: GuardedCall): readonly HandlerPermits[] {
  const handler = context.getHandler();
  const matching = entries.of(memory).filter((entry) => entry.handler === handler && entry.execution === execution);
  return matching.map(({ permits }) => permits);
}
