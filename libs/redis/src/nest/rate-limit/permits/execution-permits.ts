import type { GuardedCall } from '../http/guarded-call.js';
import { RequestMemory } from '../http/request-memory.js';
import type { HandlerPermits } from './handler-permits.js';

interface Entry {
  readonly handler: object;
  readonly execution: object;
  readonly permits: HandlerPermits;
}

const entries = new RequestMemory<Entry[]>(() => []);

/** Keeps the permits that the guard took, for the interceptor around the same execution of the handler. */
export function keepPermits({ memory, execution, context }: GuardedCall, permits: HandlerPermits): void {
  entries.of(memory).push({ handler: context.getHandler(), execution, permits });
}

/** The permits that this execution of its handler holds; several if several instances of the module count it. */
export function permitsOf({ memory, execution, context }: GuardedCall): readonly HandlerPermits[] {
  const handler = context.getHandler();
  const ours = entries.of(memory).filter((entry) => entry.handler === handler && entry.execution === execution);
  return ours.map(({ permits }) => permits);
}
